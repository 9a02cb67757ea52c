import { statSync } from "node:fs";

/** A look costs as much as a small commit on a fast disk, so that not each one has one. */
const LOOK_EVERY_MS = 20;

/**
 * Tells whether a path still leads to the file that it leads to now, as it was some milliseconds ago: SQLite goes on
 * writing to a file that was removed, and says nothing.
 */
export function watchPlace(path: string): () => boolean {
  const identity = identityOf(path);
  let lookedAtMs = performance.now();
  return () => {
    const nowMs = performance.now();
    if (nowMs - lookedAtMs < LOOK_EVERY_MS) return true;
    lookedAtMs = nowMs;
    return identityOf(path) === identity;
  };
}

function identityOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return `${found?.dev} ${found?.ino}`;
}
