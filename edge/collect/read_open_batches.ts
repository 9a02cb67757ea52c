import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { batchKey, OPEN_PREFIX } from "../records/keys.ts";
import { inParallel } from "./in_parallel.ts";

const READS_AT_ONCE = 16;

/** The batches that are not at their end. An entry of the list that no batch belongs to is taken out. */
export async function readOpenBatches({ store }: EdgeContext): Promise<BatchRecord[]> {
  const keys: string[] = [];
  for await (const key of store.list(OPEN_PREFIX)) keys.push(key);
  const records: BatchRecord[] = [];
  await inParallel(keys, READS_AT_ONCE, async (key) => {
    const found = await readRecord<BatchRecord>(store, batchKey(key.slice(OPEN_PREFIX.length)));
    if (found !== undefined) records.push(found.value);
    else await store.delete(key); // A batch is written before it is listed: this one was taken back, or has expired.
  });
  return records;
}
