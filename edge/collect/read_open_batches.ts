import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readRecord, UnreadableRecordError, type Versioned } from "../records/json_record.ts";
import { batchKey, OPEN_PREFIX } from "../records/keys.ts";
import { inParallel } from "./in_parallel.ts";

const READS_AT_ONCE = 16;

/**
 * The batches that are not at their end. An entry of the list that no batch belongs to is taken out; a batch that cannot
 * be read is told of, and keeps no other one up.
 */
export async function readOpenBatches({ store, tell }: EdgeContext): Promise<BatchRecord[]> {
  const keys: string[] = [];
  for await (const key of store.list(OPEN_PREFIX)) keys.push(key);
  const records: BatchRecord[] = [];
  await inParallel(keys, READS_AT_ONCE, async (key) => {
    const batchId = key.slice(OPEN_PREFIX.length);
    let found: Versioned<BatchRecord> | undefined;
    try {
      found = await readRecord<BatchRecord>(store, batchKey(batchId));
    } catch (error) {
      if (!(error instanceof UnreadableRecordError)) throw error;
      return tell({ kind: "collectFailed", batchIds: [batchId], error });
    }
    if (found !== undefined) records.push(found.value);
    else await store.delete(key); // A batch is written before it is listed: this one was taken back, or has expired.
  });
  return records;
}
