import { checkNumber, MAX_COUNT } from "../base/check.ts";
import { ComputeError } from "../errors/compute_error.ts";
import { type AcceptedTask, ComputeSubmissionError } from "../errors/submission_error.ts";
import type { CallOptions } from "../http/call_options.ts";
import type { ClientContext } from "../http/client.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import { type PartOutcome, type SubmissionJournal, submitPart } from "./submit_part.ts";
import type { SubmitEnvelope } from "../wire/submit_body.ts";
import { type EncodedTask, splitTasks } from "../wire/split_tasks.ts";
import { inTurn } from "../http/in_turn.ts";
import { given, messageOf } from "../base/narrow.ts";

/** 10 MB, which the service gives as its limit, in the smaller of the two meanings. */
const MAX_SUBMISSION_BYTES = 10_000_000;
/** Tasks in one submission, unless the caller says otherwise. */
const MAX_TASKS_PER_REQUEST = 1_000;

/** What the functions that submit take last. */
export interface SubmitCallOptions extends CallOptions {
  /**
   * How many tasks one request may carry: a larger batch is split into several of one task group.
   * @default {1_000}
   */
  maxTasksPerRequest?: number;
}

/** What is said of a submission beside its tasks: the signal has the time of the call in it. */
export interface PartsOptions extends Omit<SubmitCallOptions, "timeoutMs"> {
  journal?: SubmissionJournal | undefined;
}

/** Tasks for one endpoint, encoded. */
export interface Submission {
  endpointId: string;
  /** All of the body but its tasks. */
  envelope: SubmitEnvelope;
  tasks: readonly EncodedTask[];
  /** What the task group has before, where it is one of this client's own. */
  knownTaskIds?: ReadonlySet<string>;
}

/** A run of the tasks that went into one request, and what became of it. */
export interface SubmittedPart {
  /** The place of its first task. */
  start: number;
  /** How many tasks it has. */
  count: number;
  /** `unsent` where an earlier part came to nothing, or the journal did not take what came of it. */
  outcome: PartOutcome | { state: "unsent"; cause?: unknown };
}

/**
 * Submits tasks, in several requests of one task group where they are too many or too large for one. The first
 * part that is not accepted is the last one that is sent. A group of the call's own is in no event until all is over: as
 * long as no one else knows it, what is in it is ours.
 *
 * @throws {RangeError} If one task alone is too large: then nothing was sent.
 */
export async function submitInParts(
  context: ClientContext,
  submission: Submission,
  options: PartsOptions,
): Promise<SubmittedPart[]> {
  const { endpointId } = submission;
  const { signal, journal } = options;
  let { envelope } = submission;
  const runs = splitSubmission(submission, options);
  let ownIds = envelope.task_group_id === undefined ? new Set<string>() : submission.knownTaskIds;
  // A journal shows the group's id.
  const isGroupUnshown = envelope.task_group_id === undefined && journal === undefined;
  const parts: SubmittedPart[] = [];
  let start = 0;
  let unsent: SubmittedPart["outcome"] | undefined;
  for (const tasks of runs) {
    const part = {
      endpointId,
      envelope,
      start,
      tasks,
      // The first part has no group yet.
      isGroupUnshown: isGroupUnshown && start > 0,
      knownTaskIds: ownIds,
    };
    const submit = () => submitPart(context, part, signal, journal);
    // What is new in a group can be told only while one submission at a time adds to it.
    const outcome = unsent ?? await inTurn(context, envelope.task_group_id, submit, signal)
      // The call was given up before it was this part's turn.
      .catch((cause: unknown): PartOutcome => ({ state: "refused", cause }));
    const submitted = { start, count: tasks.length, outcome };
    parts.push(submitted);
    if (!isGroupUnshown) tell(context, endpointId, submitted);
    if (outcome.state === "accepted") {
      const { taskGroupId, taskIds } = outcome.receipt;
      envelope = { ...envelope, task_group_id: taskGroupId };
      ownIds &&= new Set([...ownIds, ...taskIds]);
      try {
        await journal?.accepted({ start, count: tasks.length, ...outcome.receipt });
      } catch (cause) {
        unsent = { state: "unsent", cause };
      }
    } else unsent ??= { state: "unsent" };
    start += tasks.length;
  }
  if (isGroupUnshown) parts.forEach((part) => tell(context, endpointId, part));
  return parts;
}

/**
 * The runs of tasks that go into one request each.
 *
 * @throws {RangeError} If one task alone is too large.
 */
export function splitSubmission(
  { envelope, tasks }: Pick<Submission, "envelope" | "tasks">,
  { maxTasksPerRequest: maxTasks = MAX_TASKS_PER_REQUEST }: SubmitCallOptions = {},
): EncodedTask[][] {
  checkNumber(maxTasks, "maxTasksPerRequest", 1, MAX_COUNT);
  const envelopeBytes = new TextEncoder().encode(JSON.stringify(envelope)).length +
    '"tasks":{},"task_group_id":""'.length + 36;
  return splitTasks(tasks, { maxBytes: MAX_SUBMISSION_BYTES, maxTasks }, envelopeBytes);
}

function tell({ emit }: ClientContext, endpointId: string, { count, outcome }: SubmittedPart): void {
  if (outcome.state === "unsent") return;
  const about = { kind: "submission", endpointId, taskCount: count, outcome: outcome.state } as const;
  if (outcome.state === "accepted") {
    const { taskGroupId, taskIds, requestIds: [requestId] } = outcome.receipt;
    return emit(given({ ...about, taskGroupId, taskIds, requestId }));
  }
  const { cause: error, recoveredTaskIds: taskIds = [], taskGroupId } = outcome;
  const requestId = error instanceof ComputeError ? error.requestId : undefined;
  emit({ ...given({ ...about, taskIds, taskGroupId, requestId }), error });
}

/**
 * What the parts with the tasks from `start` on come to: a receipt, or the error that says which of them were
 * taken. Places in the error are counted from `start`.
 *
 * @throws {ComputeSubmissionError} If some were taken and others not, or nobody knows.
 * @throws The service's refusal itself, if none was taken.
 */
export function toReceipt(parts: readonly SubmittedPart[], start = 0, count = Infinity): BatchReceipt {
  const concerned = parts.filter((part) => part.start < start + count && part.start + part.count > start);
  const receipts: BatchReceipt[] = [];
  const accepted: AcceptedTask[] = [];
  for (const { start: from, outcome } of concerned) {
    if (outcome.state !== "accepted") continue;
    receipts.push(outcome.receipt);
    outcome.receipt.taskIds.forEach((taskId, i) => {
      const index = from + i - start;
      if (index >= 0 && index < count) accepted.push({ index, taskId });
    });
  }
  const [first] = receipts;
  const failure = concerned.find(isNotAccepted);
  if (failure === undefined && first !== undefined) {
    return {
      ...first,
      taskIds: accepted.map(({ taskId }) => taskId),
      requestIds: receipts.flatMap(({ requestIds }) => requestIds),
    };
  }
  throw toError(parts, failure, accepted, first?.taskGroupId);
}

function isNotAccepted({ outcome }: SubmittedPart): boolean {
  return outcome.state !== "accepted";
}

function toError(
  parts: readonly SubmittedPart[],
  failure: SubmittedPart | undefined,
  accepted: readonly AcceptedTask[],
  taskGroupId: string | undefined,
): unknown {
  const cause = parts.find(isNotAccepted)?.outcome.cause;
  const doubt = failure?.outcome.state === "inDoubt" ? failure.outcome : undefined;
  if (doubt === undefined && accepted.length === 0) return cause;
  const recoveredTaskIds = doubt?.recoveredTaskIds ?? [];
  const what = doubt === undefined
    ? "The batch was submitted in part"
    : "Tasks may or may not have been submitted, and nothing was sent again";
  const found = recoveredTaskIds.length > 0
    ? `, ${recoveredTaskIds.length} more found in the task group`
    : "";
  const message = `${what} (${accepted.length} accepted${found}): ${messageOf(cause)}`;
  return new ComputeSubmissionError(message, {
    accepted,
    ambiguous: doubt !== undefined,
    recoveredTaskIds,
    taskGroupId: taskGroupId ?? doubt?.taskGroupId,
    cause,
  });
}
