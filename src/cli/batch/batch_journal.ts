import { put } from "../../store/writes.ts";
import { createHash } from "node:crypto";
import type { Store } from "../../../mod.ts";
import { UsageError } from "../usage_error.ts";

/** As long as the service keeps a task. */
const LIFETIME_MS = 14 * 24 * 3600 * 1000;

/** What is noted of a batch before anything of it is sent. */
export interface BatchJournal {
  /** The function that its tasks call: the same one when it is picked up, so that it is the same batch. */
  functionId: string;
  /** Of all that makes it the same batch, so that a key is not taken for another one. */
  digest: string;
  /** The rows from which on it was submitted anew, as nobody knew what had become of them; 0 is the first. */
  starts: number[];
}

function nameOf(key: string): string {
  return `cli/batch/${key}`;
}

/** What was noted of a batch; nothing where it is new. */
export async function readJournal(store: Store, key: string): Promise<BatchJournal | undefined> {
  const text = await store.get(nameOf(key));
  if (text === undefined) return undefined;
  try {
    const { functionId, digest, starts } = JSON.parse(text);
    const areRows = Array.isArray(starts) && starts.every((row) => Number.isSafeInteger(row) && row >= 0);
    if (typeof functionId === "string" && typeof digest === "string" && areRows) {
      return { functionId, digest, starts };
    }
  } catch {
    // The error below names it.
  }
  throw new UsageError(
    `Cannot read what was noted of the batch '${key}': '${
      nameOf(key)
    }' of the store is damaged. Use another '--key', ` +
      "and see first what has run",
  );
}

/** Notes a batch. */
export async function writeJournal(store: Store, key: string, journal: BatchJournal): Promise<void> {
  await put(store, nameOf(key), JSON.stringify(journal), { expiresInMs: LIFETIME_MS });
}

/** Of all that makes it the same batch. */
export function digestOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
