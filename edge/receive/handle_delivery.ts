import type { StoreChange } from "../../mod.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import { ComputeError } from "../../src/errors/compute_error.ts";
import type { EdgeContext } from "../context.ts";
import type { Hook } from "../hook.ts";
import type { Holding } from "../lane.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { type BatchStep, changeBatch, keepFact } from "../records/change_batch.ts";
import { readAtOnce, readRecord } from "../records/json_record.ts";
import { batchKey, type DeliveryRecord, namesOf } from "../records/keys.ts";
import {
  goOn,
  inTime,
  type SubmissionOutcome,
  submitBatch,
  type WrittenBatch,
} from "../submit/submit_batch.ts";
import { batchLink } from "../watch/batch_link.ts";
import { readTaskEntries } from "../watch/shown_task.ts";
import { type Delivery, makeBatch } from "./make_batch.ts";
import { Refusal } from "./refusal.ts";

/** For so long an answer waits for what another process does, and looks so often. */
const ELSEWHERE_MS = 500;
const LOOK_MS = 100;
/** When `collect` looks after a batch that was just taken: whoever takes it submits it, unless the process ends. */
const LOOK_AFTER_MS = 20_000;
/** When `collect` is to try to submit what is for another process to submit. */
const ELSEWHERE_LOOK_MS = 1_000;

/**
 * Brings a delivery to its end: it is known, or it is taken in one commit, as a batch or as ignored. Two processes that get
 * it at once both ask the hook; one of them takes it.
 *
 * @returns What its sender is told.
 * @throws {Refusal} If nothing of it is kept, so that it may be sent again.
 */
export async function handleDelivery(context: EdgeContext, delivery: Delivery): Promise<Response> {
  const { hookName: hook, deliveryId, verified, body, isIgnored } = delivery;
  const [fingerprint, idDigest] = await Promise.all([sha256Hex(body), sha256Hex(deliveryId)]);
  const isNamedByBytes = verified.isIdSigned !== true;
  const { key, idKeys } = namesOf({ hook, idDigest, fingerprint, isNamedByBytes });
  for (;;) {
    const [found, named] = await readAtOnce<[DeliveryRecord, DeliveryRecord]>(
      context.store,
      key,
      ...idKeys as [string],
    );
    for (const one of [found, named]) {
      if (one !== undefined && one.value.fingerprint !== fingerprint) throw reused();
    }
    if (found !== undefined) {
      const answer = await answerAgain(context, delivery, found.value);
      if (answer !== undefined) return answer;
    }
    const batchId = crypto.randomUUID();
    const made = isIgnored
      ? undefined
      : await makeBatch(context, delivery, { batchId, fingerprint, isNamedByBytes });
    const known: DeliveryRecord = made === undefined ? { fingerprint } : { fingerprint, batchId };
    const names = [
      // One whose batch is not there any more is as new.
      { key, expected: found?.text ?? null, value: JSON.stringify(known) },
      ...idKeys.map((idKey) => ({
        key: idKey,
        expected: named?.text ?? null,
        ...(named === undefined ? { value: JSON.stringify({ fingerprint }) } : {}),
      })),
    ];
    const expiresInMs = context.retentionMs;
    const changes: StoreChange[] = names.map((name) => "value" in name ? { ...name, expiresInMs } : name);
    if (!await context.store.commit([...changes, ...made?.changes ?? []])) continue; // Another process has it by now.
    if (made === undefined) {
      context.tell({ kind: "deliveryIgnored", hook, deliveryId });
      return ignoredAnswer();
    }
    // From here on it is not lost: its sender is told so, whatever happens.
    const looked = context.due(context.clock.nowMs() + LOOK_AFTER_MS);
    const answer = await answerTaken(context, delivery.hook, made.written); // Not after it: the host's may hang.
    await looked;
    return answer;
  }
}

function reused(): Refusal {
  const problem = {
    status: 422,
    type: "delivery-id-reused",
    title: "The delivery's id stands for another one",
  };
  return new Refusal(problem, { message: "its id came before, with other bytes" });
}

/** What was told of a delivery before; nothing where its batch is not there any more. */
async function answerAgain(
  context: EdgeContext,
  { hookName: hook, deliveryId }: Delivery,
  { batchId }: DeliveryRecord,
): Promise<Response | undefined> {
  const about = { kind: "deliveryRepeated", hook, deliveryId } as const;
  if (batchId === undefined) {
    context.tell(about);
    return replayed(ignoredAnswer());
  }
  const record = await readRecord<BatchRecord>(context.store, batchKey(batchId));
  if (record === undefined) return undefined;
  context.tell({ ...about, batchId });
  const { told, submission: { nextAtMs } } = record.value;
  // The process that took it may have ended before it had it looked after.
  if (nextAtMs !== undefined) await context.due(Math.max(nextAtMs, context.clock.nowMs() + LOOK_AFTER_MS));
  if (told !== undefined) return replayed(await batchAnswer(context, record.value));
  // Nobody was told anything yet. What was tried before is tried again when it is due.
  const isNew = nextAtMs === 0;
  return replayed(await answerWith(context, record.value, isNew ? submitBatch(context, batchId) : undefined));
}

/** What the sender of a new batch is told. */
async function answerTaken(context: EdgeContext, { answer }: Hook, written: WrittenBatch): Promise<Response> {
  const { value: record } = written.record;
  const submitting = submitBatch(context, record.id, written);
  if (answer === "accepted") {
    context.waitUntil(goOn(context, record.id, submitting));
    return await batchAnswer(context, record);
  }
  return await answerWith(context, record, submitting);
}

/** What the sender of a batch is told that is being submitted, once that is done, or after a while. */
async function answerWith(
  context: EdgeContext,
  record: BatchRecord,
  submitting: Promise<Holding<SubmissionOutcome>> | undefined,
): Promise<Response> {
  const { id } = record;
  let outcome: SubmissionOutcome | undefined;
  if (submitting !== undefined) {
    const holding = await inTime(context, id, submitting);
    if (holding?.isHeld) outcome = holding.value;
    else if (holding !== undefined) {
      await context.due(context.clock.nowMs() + Math.min(ELSEWHERE_LOOK_MS, holding.lookAgainMs));
      outcome = { record: await watch(context, id) };
    }
  }
  const { record: known = record, refusal, taskIds } = outcome ?? {};
  const answered = known.told === undefined ? await tellSubmitting(context, known) : known;
  // Its delivery counts as new now: nobody was told that it is submitted.
  if (answered.state === "refused" && answered.told === undefined) throw batchRefused(refusal?.cause);
  return await batchAnswer(context, answered, taskIds);
}

/** What another process makes of a batch within a moment. */
async function watch({ store, clock }: EdgeContext, batchId: string): Promise<BatchRecord | undefined> {
  const untilMs = clock.monotonicMs() + ELSEWHERE_MS;
  for (;;) {
    const record = (await readRecord<BatchRecord>(store, batchKey(batchId)))?.value;
    if (record?.state !== "submitting" || record.told !== undefined || clock.monotonicMs() >= untilMs) {
      return record;
    }
    await clock.sleep(LOOK_MS);
  }
}

/** Notes that the sender is told no more than that the batch is being submitted, unless it has been told more. */
async function tellSubmitting(context: EdgeContext, record: BatchRecord): Promise<BatchRecord> {
  const step: BatchStep = {
    make: (found) =>
      found.told === undefined && found.state !== "refused" ? { ...found, told: "submitting" } : undefined,
  };
  try {
    return (await changeBatch(context, record.id, step)).found?.value ?? record;
  } catch (error) {
    context.tell({ kind: "collectFailed", batchIds: [record.id], error });
    // It is told all the same: a refusal later on is to be told, too.
    context.waitUntil(keepFact(context, record.id, step));
    return record;
  }
}

/** What the sender is told where surely nothing was taken, nor will be. What the service said is for the operator. */
function batchRefused(cause: unknown): Refusal {
  const options = cause === undefined ? {} : { cause };
  if (cause !== undefined && !(cause instanceof ComputeError)) {
    // Nothing was asked of the service: it is the handler, or what it was given, that cannot submit it.
    const problem = { status: 500, type: "handler-failed", title: "The handler cannot submit the batch" };
    return new Refusal(problem, options);
  }
  const problem = { status: 502, type: "batch-refused", title: "Globus Compute has refused the batch" };
  return new Refusal(problem, options);
}

/** When it is worth while to ask how far a new batch is. */
const ASK_AFTER_SECONDS = 2;

/** What the sender of an event that is ignored is told. */
function ignoredAnswer(): Response {
  return toResponse(200, { state: "ignored" });
}

/**
 * What the sender is told of the batch that its delivery has become: it follows from what stands in the store, so that it
 * is the same whenever the delivery is sent again.
 *
 * @param known The ids of its tasks, where they are at hand.
 */
async function batchAnswer(
  context: EdgeContext,
  { id: batchId, createdAtMs, told: state = "submitting", taskGroupId }: BatchRecord,
  known?: readonly string[],
): Promise<Response> {
  const hasTasks = state === "running";
  const taskIds = hasTasks ? known ?? await readTaskIds(context, batchId) : undefined;
  const viewUrl = await batchLink(context, batchId, createdAtMs);
  const statusUrl = viewUrl.replace("/view?", "?");
  const document = {
    batchId,
    state,
    ...(hasTasks ? { taskGroupId, taskIds } : {}),
    statusUrl,
    viewUrl,
  };
  return toResponse(202, document, { location: statusUrl, "retry-after": String(ASK_AFTER_SECONDS) });
}

async function readTaskIds(context: EdgeContext, batchId: string): Promise<string[] | undefined> {
  return (await readTaskEntries(context, batchId))?.map(({ taskId }) => taskId);
}

function toResponse(status: number, document: object, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(document), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/** The same answer, which says that it was given before. */
function replayed(response: Response): Response {
  response.headers.set("idempotent-replayed", "true");
  return response;
}
