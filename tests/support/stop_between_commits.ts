import type { Store } from "../../mod.ts";

/** A process that writes has the file's lock for less time than this. */
const LOCKED_MS = 500;

/**
 * Stops a process that shares a store with this one. Within a transaction it would keep the lock of the file: then it is
 * continued at once.
 *
 * @returns Whether it is stopped, outside of a transaction.
 */
export async function stopBetweenCommits(
  signal: (signal: "SIGSTOP" | "SIGCONT") => void,
  store: Store,
): Promise<boolean> {
  signal("SIGSTOP");
  const written = store.commit([{ key: "test/lock", value: "" }]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(resolve, LOCKED_MS, false));
  const isFree = await Promise.race([written, late]);
  clearTimeout(timer);
  if (isFree) return true;
  signal("SIGCONT");
  await written;
  return false;
}
