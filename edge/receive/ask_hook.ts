import type { Batch } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import type { Hook, HookContext } from "../hook.ts";
import { hookFailed } from "./refusal.ts";
import { within } from "../within.ts";

/**
 * Asks a hook what batch an event becomes.
 *
 * @throws {Refusal} If it throws, or takes too long.
 */
export async function askHook(
  { clock, limits: { batchTimeoutMs: timeoutMs } }: EdgeContext,
  hook: Hook,
  event: unknown,
  hookContext: Omit<HookContext, "signal">,
): Promise<Batch | undefined> {
  const onTimeout = () => new Error(`The hook took longer than ${timeoutMs} ms`);
  try {
    return await within(
      { clock, timeoutMs, onTimeout },
      (signal) => hook.batch(event, { ...hookContext, signal }),
    ) ?? undefined;
  } catch (cause) {
    throw hookFailed(cause);
  }
}
