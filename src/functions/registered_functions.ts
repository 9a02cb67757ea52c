import { ComputeHttpError } from "../errors/http_error.ts";
import type { ClientContext } from "../http/client.ts";
import { withDeadline } from "../base/deadline.ts";
import { inTurn } from "../http/in_turn.ts";
import { warnOfStore } from "../http/warning.ts";
import type { Store } from "../store/store.ts";
import { sha256Hex } from "../base/sha256.ts";
import { isUuid } from "../wire/uuid.ts";

/** The service keeps functions for longer than this: one that is in use is registered again once a month. */
const LIFETIME_MS = 30 * 24 * 3600 * 1000;
const REGISTRATION = /^function\/[\da-f]{64}$/;

/**
 * Registers a function, unless the same one was registered through this client or its store before.
 *
 * @param registration All that makes it the same function: code, name and options.
 * @param register Registers it, and returns its id.
 */
export async function registerOnce(
  context: ClientContext,
  registration: unknown,
  register: () => Promise<string>,
  signal: AbortSignal,
): Promise<string> {
  // What one account has registered, another one may not be allowed to use.
  const account = await withDeadline({ signal }, async () => await context.authorizer.account?.() ?? null);
  const key = `function/${await sha256Hex(JSON.stringify([context.baseUrl, account, registration]))}`;
  return await inTurn(context, key, async () => {
    const known = await withDeadline({ signal }, () => context.store.get(key));
    if (known !== undefined && isUuid(known)) return known; // What is no id is registered anew.
    const functionId = await register();
    try {
      await context.store.commit([
        { key, value: functionId, expiresInMs: LIFETIME_MS },
        { key: wayBackFrom(functionId), value: key, expiresInMs: LIFETIME_MS },
      ]);
    } catch (error) {
      warnOfStore(context, `Function ${functionId} is registered, but was not stored`, error);
    }
    return functionId;
  }, signal);
}

/** Whether the service says that there is no such function. */
export function isUnknownFunction(error: unknown): boolean {
  return error instanceof ComputeHttpError && error.serviceCode === "FUNCTION_NOT_FOUND";
}

/** Takes back what {@linkcode registerOnce} has noted of a function. */
export async function forgetFunction(store: Store, functionId: string): Promise<void> {
  const wayBack = wayBackFrom(functionId);
  const key = await store.get(wayBack);
  if (key === undefined) return;
  const removals = [{ key: wayBack, value: null }];
  if (REGISTRATION.test(key)) removals.push({ key, value: null });
  await store.commit(removals);
}

/** Where the key of a function's registration stands. */
function wayBackFrom(functionId: string): string {
  return `function-key/${functionId}`;
}
