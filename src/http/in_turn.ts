import { inOrder } from "../base/in_order.ts";
import type { ClientContext } from "./client.ts";

/** What each client has under way, by key. */
const linesOf = new WeakMap<ClientContext, Map<string, Promise<void>>>();

/**
 * Runs work after what this client has begun before under the same key; without a key, at once. Once the signal is
 * aborted, work that waits is not begun.
 */
export async function inTurn<T>(
  context: ClientContext,
  key: string | undefined,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  if (key === undefined) return await work();
  const lines = linesOf.get(context) ?? new Map<string, Promise<void>>();
  linesOf.set(context, lines);
  return await inOrder(lines, key, work, signal);
}
