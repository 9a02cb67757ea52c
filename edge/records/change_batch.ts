import type { StoreChange } from "../../mod.ts";
import type { EdgeContext } from "../context.ts";
import { LaneLostError } from "../lane.ts";
import { type BatchRecord, dueAtMs } from "./batch_record.ts";
import { batchKey, keptMs, moveDue } from "./keys.ts";
import { readRecord, type Versioned } from "./json_record.ts";

/** One step of a batch: see the table at `BatchState`. */
export interface BatchStep {
  /** The record as it stood a moment ago: it is read only where it has changed since. */
  readonly guess?: Versioned<BatchRecord> | undefined;
  /** What the record becomes; nothing where the step is not to be taken. It is called again where another one came first. */
  make(record: BatchRecord, nowMs: number): BatchRecord | undefined | Promise<BatchRecord | undefined>;
  /** What is written in the same commit, beside the record's text. */
  also?(
    next: BatchRecord,
    record: BatchRecord,
    text: string,
  ): readonly StoreChange[] | Promise<readonly StoreChange[]>;
  /** Makes the commit, where it permits an act: nothing of it is made where this process may not act. */
  permit?(changes: readonly StoreChange[]): Promise<boolean>;
}

/** What a step came to. */
export interface SteppedBatch {
  /** The record as it stands now, or nothing where there is none. */
  readonly found: Versioned<BatchRecord> | undefined;
  /** Whether this call has taken the step. */
  readonly isTaken: boolean;
}

/**
 * Takes a step of a batch in one commit, however many try at once. What is due of it moves along.
 *
 * @throws {LaneLostError} If the step needs a permission, and this process has none.
 */
export async function changeBatch(
  { store, clock, retentionMs }: EdgeContext,
  batchId: string,
  { guess, make, also = () => [], permit }: BatchStep,
): Promise<SteppedBatch> {
  const key = batchKey(batchId);
  for (let found = guess ?? await readRecord<BatchRecord>(store, key);;) {
    if (found === undefined) return { found, isTaken: false };
    const { value: record, text } = found;
    const nowMs = clock.nowMs();
    const made = await make(record, nowMs);
    let isPermitted = true;
    if (made !== undefined) {
      const value = { ...made, updatedAtMs: nowMs };
      const next = { value, text: JSON.stringify(value) };
      const toMs = dueAtMs(value);
      const expiresInMs = keptMs(retentionMs, toMs, nowMs);
      const changes = [
        { key, expected: text, value: next.text, expiresInMs },
        ...moveDue(batchId, dueAtMs(record), toMs, expiresInMs),
        ...await also(value, record, next.text),
      ];
      if (await (permit === undefined ? store.commit(changes) : permit(changes))) {
        return { found: next, isTaken: true };
      }
      isPermitted = permit === undefined;
    } else if (found !== guess) return { found, isTaken: false };
    found = await readRecord<BatchRecord>(store, key);
    if (!isPermitted && found?.text === text) throw new LaneLostError();
  }
}

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** After so long a fact is given up that the store has never taken. */
const KEEP_MS = 15 * 60_000;

/**
 * Takes a step that tells a fact. It is not given up because the store does not take it for now, or does not say whether
 * it has: nobody else knows it.
 */
export async function keepFact(
  context: EdgeContext,
  batchId: string,
  step: BatchStep,
): Promise<SteppedBatch> {
  const { clock, store } = context;
  const untilMs = clock.monotonicMs() + KEEP_MS;
  let { guess } = step;
  /** What was to be written at the last try. */
  let tried: string | undefined;
  const also: BatchStep["also"] = (next, record, text) => {
    tried = text;
    return step.also?.(next, record, text) ?? [];
  };
  for (let delayMs = FIRST_RETRY_MS;; delayMs = Math.min(MAX_RETRY_MS, 2 * delayMs)) {
    try {
      if (tried !== undefined) guess = await readRecord<BatchRecord>(store, batchKey(batchId));
      if (tried !== undefined && guess?.text === tried) return { found: guess, isTaken: true };
      return await changeBatch(context, batchId, { ...step, guess, also });
    } catch (error) {
      if (clock.monotonicMs() >= untilMs) throw error;
      context.tell({ kind: "collectFailed", batchIds: [batchId], error });
      guess = undefined;
      await clock.sleep(delayMs);
    }
  }
}
