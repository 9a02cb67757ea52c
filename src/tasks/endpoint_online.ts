import type { ClientContext } from "../http/client.ts";
import { request } from "../http/request.ts";
import { warn } from "../http/warning.ts";
import { membersOf, optionalString } from "../base/narrow.ts";

/** How long an answer stands. */
const FRESH_MS = 30_000;
/** How long an answer may take. */
const ASK_MS = 5_000;

interface Known {
  isOnline: boolean | undefined;
  askedMs: number;
}

const endpoints = new WeakMap<ClientContext, Map<string, Known>>();

/** What was last heard of an endpoint. Asks again once that is old, and has the answer the next time. */
export function isEndpointOnline(
  context: ClientContext,
  endpointId: string,
  signal: AbortSignal,
): boolean | undefined {
  const known = endpoints.get(context)?.get(endpointId);
  if (known === undefined || context.clock.monotonicMs() - known.askedMs >= FRESH_MS) {
    void ask(context, endpointId, signal);
  }
  return known?.isOnline;
}

/**
 * Warns where tasks are submitted to an endpoint that is offline: they are taken, and may wait for long. It is
 * asked only if somebody listens.
 */
export async function warnIfOffline(
  context: ClientContext,
  endpointId: string,
  signal: AbortSignal,
): Promise<void> {
  if (context.onWarning === undefined) return;
  const known = endpoints.get(context)?.get(endpointId);
  if (known !== undefined && context.clock.monotonicMs() - known.askedMs < FRESH_MS) return;
  if (await ask(context, endpointId, signal) !== false) return;
  const message = `Endpoint ${endpointId} is offline: its tasks wait until it is back`;
  warn(context, { kind: "endpointOffline", endpointId, message });
}

async function ask(
  context: ClientContext,
  endpointId: string,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const own = endpoints.get(context) ?? new Map<string, Known>();
  endpoints.set(context, own);
  const known: Known = { isOnline: own.get(endpointId)?.isOnline, askedMs: context.clock.monotonicMs() };
  own.set(endpointId, known);
  try {
    const body = await request(
      context,
      "read",
      { signal, timeoutMs: ASK_MS },
      (api, through) =>
        api.GET("/v2/endpoints/{endpoint_uuid}/status", {
          ...through,
          params: { path: { endpoint_uuid: endpointId } },
        }),
    );
    const status = optionalString(membersOf(body).status);
    known.isOnline = status === undefined ? undefined : status === "online";
  } catch {
    // Not known, then: the tasks are what matters.
  }
  return known.isOnline;
}
