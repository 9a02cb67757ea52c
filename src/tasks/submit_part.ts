import { inStoreTime } from "./in_store_time.ts";
import { forgetFunction, isUnknownFunction } from "../functions/registered_functions.ts";
import type { ClientContext } from "../http/client.ts";
import { type EncodedTask, groupByFunction } from "../wire/split_tasks.ts";
import { request } from "../http/request.ts";
import { warnOfHighAssurance } from "../http/warning.ts";
import { membersOf, optionalString } from "../base/narrow.ts";
import { type BatchReceipt, decodeReceipt } from "../wire/receipt.ts";
import { readTaskIds } from "./task_selection.ts";
import type { SubmitEnvelope } from "../wire/submit_body.ts";
import { answerSizeOf } from "./answer_size.ts";

/** What became of one submission. */
export type PartOutcome =
  | { state: "accepted"; receipt: BatchReceipt; cause?: undefined }
  /** No task was taken. */
  | { state: "refused"; cause: unknown; recoveredTaskIds?: undefined; taskGroupId?: undefined }
  /** Tasks may have been taken: those that were found are named, but not which of ours they are. */
  | { state: "inDoubt"; cause: unknown; recoveredTaskIds: string[]; taskGroupId: string | undefined };

/** When a task group is looked at for tasks that may have been taken, in milliseconds after one another. */
const LOOKS_MS: readonly number[] = [0, 1_000, 2_000, 4_000, 8_000];
/** How long an aborted caller is kept waiting for the one look that it is given. */
const LAST_LOOK_MS = 5_000;

/** One request of a submission: a run of its tasks. */
export interface SubmissionRequest {
  /** The place of its first task in `batch.tasks`, from 0. */
  readonly start: number;
  /** How many tasks it carries. */
  readonly count: number;
}

/** A request of a submission that the service has taken, and what it gave for it. */
export interface AcceptedRequest extends SubmissionRequest, Readonly<BatchReceipt> {}

/**
 * Is told of each request of a submission, so that records of the caller's own tell what a process that has ended may
 * have submitted. It is told of one thing at a time. A request that was `sending`, and of which nothing else was told, is in
 * doubt: the service may have taken it.
 */
export interface SubmissionJournal {
  /**
   * Waited for right before a request leaves, with each attempt, once the rate lets it through. What it throws keeps the
   * request from being sent, and ends the call: it rejects with that very error, or with a {@linkcode
   * ComputeSubmissionError} that has it as its `cause` where an earlier request was taken.
   */
  sending(request: SubmissionRequest): void | Promise<void>;
  /**
   * Waited for where the service surely has not taken a request that was `sending`, before it may be sent again. What
   * it throws keeps it from being sent again, and ends the call as with `sending`.
   */
  refused?(request: SubmissionRequest): void | Promise<void>;
  /**
   * Waited for once the service has taken a request, before the next one leaves. What it throws keeps the next one from
   * being sent, and ends the call with a {@linkcode ComputeSubmissionError} that has the tasks in `accepted`; where all
   * are taken there is no next one, and the receipt is handed over all the same.
   */
  accepted(request: AcceptedRequest): void | Promise<void>;
}

/** What one submission carries. */
export interface Part {
  endpointId: string;
  /** The place of its first task in the whole submission. */
  start: number;
  /** All of the body but its tasks. */
  envelope: SubmitEnvelope;
  tasks: readonly EncodedTask[];
  /** What the group has before, if that is known: a group of this client's own. */
  knownTaskIds?: ReadonlySet<string> | undefined;
  /** Whether this call alone knows the group's id, and has shown it to nobody: all that is in it is the call's own. */
  isGroupUnshown?: boolean;
}

/**
 * Submits tasks once. Where the answer is lost, the task group tells what was taken, if it is known: in a group that
 * nobody else knows, one new task of one that was sent is that one. In any other, it may be somebody else's. Nothing
 * that may have been taken is sent a second time, and nothing is guessed.
 *
 * @param journal Is told of each attempt, but not of what was taken.
 */
export async function submitPart(
  context: ClientContext,
  part: Part,
  signal: AbortSignal | undefined,
  journal: SubmissionJournal | undefined,
): Promise<PartOutcome> {
  const { endpointId, envelope, start, tasks } = part;
  const taskGroupId = envelope.task_group_id;
  /** The attempts that may have been taken: one is enough, whatever comes of a later one. */
  let doubts = 0;
  const onDoubt = async (isInDoubt: boolean) => {
    doubts += isInDoubt ? 1 : -1;
    // What the journal throws ends the call below: the refusal is still what came of this attempt.
    if (doubts === 0) await tell(false).catch(() => {});
  };
  let isNoted = false;
  let told = Promise.resolve();
  /** Once the journal has thrown, it is told nothing more, and each further call throws the same. */
  const tell = (isSending: boolean) =>
    told = told.then(async () => {
      if (!isSending && !isNoted) return;
      isNoted = isSending;
      await journal?.[isSending ? "sending" : "refused"]?.({ start, count: tasks.length });
    });
  let known = part.knownTaskIds;
  let body: unknown;
  try {
    if (taskGroupId !== undefined) known ??= new Set(await readTaskIds(context, taskGroupId, { signal }));
    body = await request(
      context,
      "submit",
      { signal },
      (api, through) =>
        api.POST("/v3/endpoints/{endpoint_uuid}/submit", {
          ...through,
          params: { path: { endpoint_uuid: endpointId } },
          body: { ...envelope, tasks: groupByFunction(tasks) },
        }),
      { beforeAttempt: () => tell(true), onDoubt },
    );
    const receipt = decodeReceipt(body, tasks, { endpointId, taskGroupId });
    const { note } = answerSizeOf(context);
    receipt.taskIds.forEach((taskId, index) => note(taskId, tasks[index]?.functionId ?? ""));
    warnOfHighAssurance(context, body);
    return { state: "accepted", receipt };
  } catch (error) {
    let cause: unknown = error;
    if (doubts === 0) {
      // An attempt that was given up may still be noting that it is about to leave.
      await tell(false).catch((because) => cause = because);
      await forgetUnknownFunctions(context, cause, tasks);
      return { state: "refused", cause };
    }
    // An answer that cannot be used may still name the group that the service has made for these tasks alone.
    const group = taskGroupId ?? optionalString(membersOf(body).task_group_id);
    // An event would show the group's id.
    const looking = part.isGroupUnshown ? { ...context, send: context.sendUntold } : context;
    const found = group === undefined
      ? []
      : await findNewTasks(looking, group, known, tasks.length, signal?.aborted);
    if (taskGroupId !== undefined && part.isGroupUnshown && tasks.length === 1 && found.length === 1) {
      return { state: "accepted", receipt: { endpointId, taskGroupId, taskIds: found, requestIds: [] } };
    }
    return { state: "inDoubt", cause, recoveredTaskIds: found, taskGroupId: group };
  }
}

/** What is no longer there must not be taken for registered the next time. */
async function forgetUnknownFunctions(
  context: ClientContext,
  cause: unknown,
  tasks: readonly EncodedTask[],
): Promise<void> {
  if (!isUnknownFunction(cause)) return;
  const functionIds = new Set(tasks.map(({ functionId }) => functionId));
  const forget = (functionId: string) => forgetFunction(context.store, functionId);
  // A store that fails must not stand in for the refusal.
  await inStoreTime(context.clock, () => Promise.allSettled([...functionIds].map(forget))).catch(() => {});
}

/** The tasks of a group that were not there before: looked for several times, as they may come late. */
async function findNewTasks(
  context: ClientContext,
  taskGroupId: string,
  known: ReadonlySet<string> | undefined,
  wanted: number,
  isOver = false,
): Promise<string[]> {
  let found: string[] = [];
  for (const delayMs of isOver ? [0] : LOOKS_MS) {
    if (delayMs > 0) await context.clock.sleep(delayMs);
    try {
      const options = isOver ? { timeoutMs: LAST_LOOK_MS } : {};
      found = (await readTaskIds(context, taskGroupId, options)).filter((taskId) => !known?.has(taskId));
    } catch {
      // What cannot be read now tells nothing, and no failure of a look may hide the doubt; look again.
    }
    if (found.length >= wanted) break;
  }
  return found;
}
