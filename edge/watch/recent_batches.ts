import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { RECENT_PREFIX } from "../records/keys.ts";
import { readBatch } from "./read_batch.ts";

/** Some batches, the newest first. */
export interface RecentBatches {
  batches: BatchRecord[];
  /** Where the ones that are older begin, if there are any. */
  next: string | undefined;
}

/**
 * Reads the batches that come after a place in the list.
 *
 * @param after The place that an earlier call gave as `next`.
 */
export async function recentBatches(
  context: EdgeContext,
  { after, count }: { after: string | undefined; count: number },
): Promise<RecentBatches> {
  const batches: BatchRecord[] = [];
  let last: string | undefined;
  for await (const key of context.store.list(RECENT_PREFIX)) {
    const place = key.slice(RECENT_PREFIX.length);
    if (after !== undefined && place <= after) continue;
    if (batches.length === count) return { batches, next: last };
    const found = await readBatch(context, place.slice(place.indexOf("/") + 1));
    if (found === undefined) continue;
    batches.push(found.value);
    last = place;
  }
  return { batches, next: undefined };
}
