import type { ClientContext } from "./client.ts";
import { withDeadline } from "../base/deadline.ts";

/** What each client has under way, by key. */
const lines = new WeakMap<ClientContext, Map<string, Promise<unknown>>>();

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
  const line = lines.get(context) ?? new Map<string, Promise<unknown>>();
  lines.set(context, line);
  const before = Promise.resolve(line.get(key)).catch(() => {});
  const turn = before.then(() => {
    signal?.throwIfAborted();
    return work();
  });
  line.set(key, turn);
  const over = () => {
    if (line.get(key) === turn) line.delete(key);
  };
  turn.then(over, over);
  await withDeadline({ signal }, () => before);
  return await turn;
}
