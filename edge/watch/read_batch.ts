import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readRecord, type Versioned } from "../records/json_record.ts";
import { batchKey } from "../records/keys.ts";

/** What an id of a batch may look like: anything else is not looked for. */
const BATCH_ID = /^[\w.-]{1,128}$/;

/** A batch, if there is one. */
export async function readBatch(
  { store }: EdgeContext,
  batchId: string,
): Promise<Versioned<BatchRecord> | undefined> {
  return BATCH_ID.test(batchId) ? await readRecord<BatchRecord>(store, batchKey(batchId)) : undefined;
}
