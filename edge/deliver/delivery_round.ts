import type { Budget } from "./budget.ts";
import type { EdgeContext } from "../context.ts";
import type { HeldLane } from "../lane.ts";
import type { MessageEvent } from "../event.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { batchKey, tasksKey } from "../records/keys.ts";
import { readRecord } from "../records/json_record.ts";
import type { AddressProblem } from "../check_address.ts";
import type { OutboxEntry } from "./outbox.ts";

/** What the deliveries of one call of `collect` share. */
export interface DeliveryRound {
  readonly context: EdgeContext;
  readonly lane: HeldLane;
  readonly budget: Budget;
  readonly signal: AbortSignal;
  /** Receivers that are left alone for the rest of the round, and until when: what is for them waits as long. */
  readonly resting: Map<string, number>;
  /** What is known of addresses, by origin. */
  readonly addresses: Map<string, Promise<AddressProblem | undefined>>;
  /** The batch that was last delivered of: a large one has many messages. */
  last?: { record: BatchRecord; entries: readonly TaskEntry[] };
}

/** The batch of a message and its tasks, while the store has them. */
export async function readBatch(
  round: DeliveryRound,
  batchId: string,
): Promise<DeliveryRound["last"]> {
  if (round.last?.record.id === batchId) return round.last;
  const { store } = round.context;
  const record = await readRecord<BatchRecord>(store, batchKey(batchId));
  if (record === undefined) return undefined;
  const tasks = await readRecord<TaskEntry[]>(store, tasksKey(batchId));
  round.last = { record: record.value, entries: tasks?.value ?? [] };
  return round.last;
}

/** Tells what became of a message. */
export function tellMessage(
  { context }: DeliveryRound,
  { hook, batchId }: Pick<OutboxEntry, "hook" | "batchId">,
  about: Pick<MessageEvent, "kind" | "messageId" | "attempts" | "status" | "cause">,
): void {
  context.tell({ hook, batchId, ...about });
}
