import { ComputeError } from "../../src/errors/compute_error.ts";
import type { EdgeContext } from "../context.ts";
import type { Commit, Hook, HookContext } from "../hook.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { readRecord } from "../records/json_record.ts";
import { batchKey } from "../records/keys.ts";
import {
  attemptSubmission,
  type SubmissionAttempt,
  type WrittenBatch,
} from "../submit/attempt_submission.ts";
import type { Verified } from "../verify/verifier.ts";
import { isLeased } from "../submit/submission_lease.ts";
import { recordBatch, removeBatch } from "./record_batch.ts";
import { packBatch } from "./pack_batch.ts";
import { underWay } from "./under_way.ts";
import { batchAnswer, ignoredAnswer } from "./answer.ts";
import { answerClaim, type Claim, keepAnswer, type KeptAnswer, toFree } from "./claim.ts";
import { hookFailed, Refusal } from "./refusal.ts";
import { withDeadline } from "../../src/base/deadline.ts";
import { traceParent } from "./trace_parent.ts";
import type { Batch } from "../../mod.ts";
import { commitOf } from "../deliver/commit_of.ts";

/** A delivery that is verified and ours to handle. */
export interface ClaimedEvent {
  readonly hookName: string;
  readonly hook: Hook;
  readonly headers: Headers;
  readonly verified: Verified;
  /** The JSON as it came, and what the hook's schema made of it. */
  readonly json: unknown;
  readonly event: unknown;
  /** Whether the verifier passes it over, so that the hook is not asked. */
  readonly isIgnored: boolean;
  readonly claim: Claim;
}

/** A reason that is made once: without one, each abort would cost a trace of the stack. */
const LATE = "late";
/** Senders wait for some 10 s: what takes longer is submitted after the answer. */
const ANSWER_WITHIN_MS = 8_000;

/**
 * Brings a delivery to its end, from wherever an earlier process has left it.
 *
 * @returns What its sender is told, which is kept.
 * @throws {Refusal} If nothing of it is kept, so that it may be sent again, or if somebody else is at it.
 */
export async function handleDelivery(context: EdgeContext, delivery: ClaimedEvent): Promise<KeptAnswer> {
  const { claim, hook } = delivery;
  const { batchId } = claim.record;
  const left = claim.isTakenOver
    ? await readRecord<BatchRecord>(context.store, batchKey(batchId))
    : undefined;
  const made = left === undefined ? await makeBatch(context, delivery) : undefined;
  const record = left?.value ?? made?.record.value;
  if (record === undefined) return await ignore(context, delivery);
  // The process before may have ended before it had said so.
  if (left?.value.state === "submitting") await context.due(left.value.submission.nextAttemptAtMs);

  if (hook.answer === "accepted") {
    const answer = await keep(context, claim, record);
    if (record.state === "submitting") {
      context.waitUntil(submitLater(context, batchId, () => attemptSubmission(context, batchId, made)));
    }
    return answer;
  }
  const submitting = attemptSubmission(context, batchId, made);
  const attempt = await inTime(context, submitting);
  if (attempt === undefined) {
    context.waitUntil(submitLater(context, batchId, () => submitting));
    return await keep(context, claim, record);
  }
  const { record: submitted, refusal, taskIds } = attempt;
  if (submitted === undefined) throw underWay();
  if (submitted.state === "refused") {
    if (await removeBatch(context, claim, submitted)) throw batchRefused(refusal?.cause);
    throw underWay();
  }
  // Somebody else may be at it. What was taken in part, or not at all for now, goes on by itself.
  if (isLeased(context, submitted)) throw underWay();
  return await keep(context, claim, submitted, taskIds);
}

/** What an attempt comes to while its sender waits; nothing where that takes longer. */
async function inTime(
  { clock }: EdgeContext,
  attempt: Promise<SubmissionAttempt>,
): Promise<SubmissionAttempt | undefined> {
  try {
    return await withDeadline(
      { clock, timeoutMs: ANSWER_WITHIN_MS, onTimeout: () => LATE },
      () => attempt,
    );
  } catch (error) {
    if (error === LATE) return undefined;
    throw error;
  }
}

/** Has the hook make a batch, and puts it into the store; gives the delivery back where the hook or its batch fails. */
async function makeBatch(
  context: EdgeContext,
  { hookName, hook, headers, verified, json, event, isIgnored, claim }: ClaimedEvent,
): Promise<WrittenBatch | undefined> {
  if (isIgnored) return undefined;
  const { batchId, deliveryId } = claim.record;
  const { claims = {} } = verified;
  const hookContext = { hook: hookName, batchId, deliveryId, headers: hookHeaders(headers), claims };
  try {
    const batch = await askHook(context, hook, event, hookContext);
    if (batch === undefined) return undefined;
    const packed = await packBatch(hook, batch, context.limits.maxTasks);
    const commit = findCommit(hook, json);
    const traceparent = traceParent(headers);
    const recorded = await recordBatch(context, claim, {
      id: batchId,
      hook: hookName,
      deliveryId,
      claims,
      ...(commit === undefined ? {} : { commit }),
      ...(traceparent === undefined ? {} : { traceparent }),
    }, packed);
    if (recorded !== undefined) return recorded;
  } catch (error) {
    if (error instanceof Refusal) await context.store.commit(toFree(claim));
    throw error;
  }
  throw underWay(); // It took longer than it may, and another process has the delivery.
}

function findCommit({ commitStatus }: Hook, json: unknown): Commit | undefined {
  try {
    return commitStatus === undefined ? undefined : commitOf(commitStatus, json);
  } catch (cause) {
    throw hookFailed(cause);
  }
}

async function ignore(context: EdgeContext, { claim, hookName }: ClaimedEvent): Promise<KeptAnswer> {
  const answer = ignoredAnswer();
  if (!await answerClaim(context, claim, answer)) throw underWay();
  context.tell({ kind: "deliveryIgnored", hook: hookName, deliveryId: claim.record.deliveryId });
  return answer;
}

/** Keeps what the sender of a batch is told. The batch is safe: it is told so, whether or not that is kept. */
async function keep(
  context: EdgeContext,
  claim: Claim,
  record: BatchRecord,
  taskIds?: readonly string[],
): Promise<KeptAnswer> {
  const answer = await batchAnswer(context, record, taskIds);
  try {
    const kept = await keepAnswer(context, claim, answer);
    if (kept !== undefined) return kept;
  } catch (error) {
    context.tell({ kind: "collectFailed", batchIds: [record.id], error });
    return answer;
  }
  throw underWay(); // It was taken back.
}

async function submitLater(
  context: EdgeContext,
  batchId: string,
  submit: () => Promise<unknown>,
): Promise<void> {
  try {
    await submit();
  } catch (error) {
    context.tell({ kind: "collectFailed", batchIds: [batchId], error });
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

/** Credentials and signatures, whatever they are called: `x-hub-signature-256`, `x-gitlab-token`, `x-acme-hmac`. */
const SECRET = /authorization|\bauth\b|cookie|signature|token|secret|hmac|api-?key|password/i;

/** The header fields that a hook gets to see. */
function hookHeaders(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => !SECRET.test(name)));
}

/**
 * Asks a hook what batch an event becomes.
 *
 * @throws {Refusal} If it throws, or takes too long.
 */
async function askHook(
  { clock, limits: { batchTimeoutMs: timeoutMs } }: EdgeContext,
  hook: Hook,
  event: unknown,
  hookContext: Omit<HookContext, "signal">,
): Promise<Batch | undefined> {
  const onTimeout = () => new Error(`The hook took longer than ${timeoutMs} ms`);
  try {
    return await withDeadline(
      { clock, timeoutMs, onTimeout },
      (signal) => hook.batch(event, { ...hookContext, signal }),
    ) ?? undefined;
  } catch (cause) {
    throw hookFailed(cause);
  }
}
