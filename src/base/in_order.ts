import { withDeadline } from "./deadline.ts";

/**
 * Runs work once all that was asked for before under the same key is over, whatever came of it.
 *
 * @param lines The last piece of work under each key that has some; keys without work take no room.
 * @param signal Takes work that waits out of its line: it is not begun, and does not hold up what is behind it.
 * @throws `signal.reason` as soon as that is aborted, unless the work has begun by then.
 */
export async function inOrder<Key, T>(
  lines: Map<Key, Promise<void>>,
  key: Key,
  work: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const before = lines.get(key);
  const turn = (async () => {
    await before;
    signal?.throwIfAborted();
    return await work();
  })();
  const over: Promise<void> = turn.then(end, end);
  lines.set(key, over);
  await withDeadline({ signal }, () => before); // One that leaves need not come to the front for that.
  return await turn;

  function end(): void {
    if (lines.get(key) === over) lines.delete(key);
  }
}
