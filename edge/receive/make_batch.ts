import type { Batch, StoreChange } from "../../mod.ts";
import { withDeadline } from "../../src/base/deadline.ts";
import { prepareBatch } from "../../src/tasks/prepare_batch.ts";
import type { EdgeContext } from "../context.ts";
import { commitOf } from "../deliver/commit_of.ts";
import type { Commit, Hook, HookContext } from "../hook.ts";
import { type BatchRecord, MAX_RECORD_BYTES, type SentBatch } from "../records/batch_record.ts";
import type { Versioned } from "../records/json_record.ts";
import { batchKey, moveDue, recentKey, sentKey } from "../records/keys.ts";
import type { WrittenBatch } from "../submit/submit_batch.ts";
import type { Verified } from "../verify/verifier.ts";
import { traceParent } from "./check_headers.ts";
import { hookFailed, Refusal } from "./refusal.ts";

/** What a submission may be, kept whole: with the batch's record it is far less than a commit of 16 MiB. */
const MAX_SENT_BYTES = 10_000_000;
/** No text has more bytes in UTF-8 for each of its UTF-16 units. */
const MAX_BYTES_PER_UNIT = 3;
const encoder = new TextEncoder();

/** A delivery that is verified, and its event. */
export interface Delivery {
  readonly hookName: string;
  readonly hook: Hook;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly verified: Verified;
  /** What names it. */
  readonly deliveryId: string;
  /** The JSON as it came, and what the hook's schema made of it. */
  readonly json: unknown;
  readonly event: unknown;
  /** Whether the verifier passes it over, so that the hook is not asked. */
  readonly isIgnored: boolean;
}

/** What is written of a batch when its delivery is taken. */
export interface MadeBatch {
  readonly written: WrittenBatch;
  readonly changes: readonly StoreChange[];
}

/** Has the hook make a batch; nothing where it has nothing to run. */
export async function makeBatch(
  context: EdgeContext,
  { hookName, hook, headers, verified, json, event, deliveryId }: Delivery,
  names: { batchId: string; fingerprint: string; isNamedByBytes: boolean },
): Promise<MadeBatch | undefined> {
  const { clock, retentionMs: expiresInMs } = context;
  const { batchId: id, fingerprint, isNamedByBytes } = names;
  const { claims = {} } = verified;
  let shown: Headers | undefined;
  const batch = await askHook(context, hook, event, (signal) => ({
    hook: hookName,
    batchId: id,
    deliveryId,
    get headers() { // Few hooks look at them.
      return shown ??= hookHeaders(headers);
    },
    claims,
    signal,
  }));
  if (batch === undefined) return undefined;
  const { sent, text: sentText } = await packBatch(hook, batch, context.limits.maxTasks);
  const commit = findCommit(hook, json);
  const traceparent = traceParent(headers);
  const nowMs = clock.nowMs();
  const value: BatchRecord = {
    id,
    hook: hookName,
    deliveryId,
    fingerprint,
    ...(isNamedByBytes ? { isNamedByBytes } : {}),
    state: "submitting",
    ...(hook.answer === "accepted" ? { told: "submitting" } : {}),
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endpointId: sent.endpointId,
    taskCount: sent.tasks.length,
    takenCount: 0,
    counts: { pending: sent.tasks.length, success: 0, failed: 0, lost: 0 },
    submission: { attempts: 0, nextAtMs: 0 },
    claims,
    ...(commit === undefined ? {} : { commit }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  const text = JSON.stringify(value);
  checkBytes("what the verifier says of the sender", text, MAX_RECORD_BYTES);
  return {
    written: { record: { value, text } satisfies Versioned<BatchRecord>, sent },
    changes: [
      { key: sentKey(id), value: sentText, expiresInMs },
      { key: batchKey(id), value: text, expiresInMs },
      { key: recentKey(nowMs, id), value: hookName, expiresInMs },
      ...moveDue(id, undefined, 0, expiresInMs),
    ],
  };
}

function findCommit({ commitStatus }: Hook, json: unknown): Commit | undefined {
  try {
    return commitStatus === undefined ? undefined : commitOf(commitStatus, json);
  } catch (cause) {
    throw hookFailed(cause);
  }
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
  contextOf: (signal: AbortSignal) => HookContext,
): Promise<Batch | undefined> {
  const onTimeout = () => new Error(`The hook took longer than ${timeoutMs} ms`);
  try {
    return await withDeadline(
      { clock, timeoutMs, onTimeout },
      (signal) => hook.batch(event, contextOf(signal)),
    ) ?? undefined;
  } catch (cause) {
    throw hookFailed(cause);
  }
}

/** What is to be sent, and the text of it that the store gets. */
interface PackedBatch {
  readonly sent: SentBatch;
  readonly text: string;
}

/**
 * Holds what a hook has returned against what it may use, and packs it as it will be sent.
 *
 * @throws {Refusal} If it names an endpoint or a function that the hook may not use, is too large, or cannot be sent.
 */
async function packBatch(
  hook: Pick<Hook, "endpoints" | "functions">,
  batch: Batch,
  maxTasks: number,
): Promise<PackedBatch> {
  const tasks: unknown = batch?.tasks;
  if (!Array.isArray(tasks)) {
    throw invalid(new TypeError("Cannot use what the hook returned: it has no tasks"));
  }
  if (!isAmong(hook.endpoints, batch.endpointId)) throw notPermitted("endpoint");
  for (const task of batch.tasks) {
    if (!isAmong(hook.functions, task?.functionId)) throw notPermitted("function");
  }
  if (tasks.length > maxTasks) {
    const detail = `The hook made ${tasks.length} tasks of it, and may make ${maxTasks}`;
    throw new Refusal({
      status: 422,
      type: "too-many-tasks",
      title: "The delivery makes too many tasks",
      detail,
    }, { message: detail });
  }
  let sent: SentBatch;
  let text: string;
  try {
    sent = await pack(batch);
    text = JSON.stringify(sent);
  } catch (error) {
    throw invalid(error);
  }
  checkBytes("the hook's batch", text, MAX_SENT_BYTES);
  return { sent, text };
}

/**
 * Refuses what a store would not take.
 *
 * @throws {Refusal} If a text has more bytes than it may have.
 */
function checkBytes(what: string, text: string, maxBytes: number): void {
  if (text.length * MAX_BYTES_PER_UNIT <= maxBytes || encoder.encode(text).length <= maxBytes) return;
  throw new Refusal(
    { status: 422, type: "batch-too-large", title: "The delivery makes a batch that is too large" },
    { message: `${what} has more than ${maxBytes} bytes` },
  );
}

/** The arguments as they will be sent, each with its function, in the order of the tasks. */
async function pack(batch: Batch): Promise<SentBatch> {
  const { endpointId, tasks, argumentSerializer: _, ...options } = batch;
  const packed = (await prepareBatch(batch)).tasks;
  const next: Record<string, number> = {};
  return {
    endpointId,
    // As another process would read them: the hook may change its own objects later.
    options: JSON.parse(JSON.stringify(options)) as SentBatch["options"],
    tasks: tasks.map((task) => {
      const functionId = task.functionId.toLowerCase();
      const place = next[functionId] ?? 0;
      next[functionId] = place + 1;
      return { functionId, payload: packed[functionId]?.[place] as string };
    }),
  };
}

function isAmong(ids: readonly string[], id: unknown): boolean {
  return typeof id === "string" && ids.some((one) => one.toLowerCase() === id.toLowerCase());
}

function notPermitted(what: "endpoint" | "function"): Refusal {
  return new Refusal(
    { status: 403, type: "not-permitted", title: "The hook may not run this" },
    {
      message: `the hook's batch names ${
        what === "endpoint" ? "an" : "a"
      } ${what} that is not among its ${what}s`,
    },
  );
}

function invalid(cause: unknown): Refusal {
  return new Refusal(
    { status: 500, type: "batch-invalid", title: "The hook made no batch that can be sent" },
    { cause },
  );
}
