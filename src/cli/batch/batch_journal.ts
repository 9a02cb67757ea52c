import type { Store } from "../../../mod.ts";
import { keyPart } from "../../base/key_part.ts";
import { sha256Hex } from "../../base/sha256.ts";
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

async function nameOf(key: string): Promise<string> {
  return `cli/batch/${await keyPart(key)}`;
}

/** What was noted of a batch; nothing where it is new. */
export async function readJournal(store: Store, key: string): Promise<BatchJournal | undefined> {
  const name = await nameOf(key);
  const text = await store.get(name);
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
    `Cannot read what was noted of the batch '${key}': '${name}' of the store is damaged. Use another '--key', ` +
      "and see first what has run",
  );
}

/**
 * Notes a batch.
 *
 * @param before What was noted of it before.
 * @throws {UsageError} If another process has noted something else meanwhile.
 */
export async function writeJournal(
  store: Store,
  key: string,
  before: BatchJournal | undefined,
  journal: BatchJournal,
): Promise<void> {
  const change = {
    key: await nameOf(key),
    expected: before === undefined ? null : JSON.stringify(before),
    value: JSON.stringify(journal),
    expiresInMs: LIFETIME_MS,
  };
  if (await store.commit([change])) return;
  throw new UsageError(
    `Cannot go on with the batch '${key}': another process of this program does so by now`,
  );
}

/** Of all that makes it the same batch. */
export function digestOf(parts: readonly unknown[]): Promise<string> {
  return sha256Hex(JSON.stringify(parts));
}
