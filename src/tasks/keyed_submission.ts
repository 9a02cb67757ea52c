import { given, messageOf } from "../base/narrow.ts";
import type { ClientContext } from "../http/client.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import { ComputeSubmissionError } from "../errors/submission_error.ts";
import { removalOf } from "../store/writes.ts";
import { sha256Hex } from "../base/sha256.ts";
import { type KeyedCall, type KeyedEntry, openEntry } from "./keyed_entry.ts";
import { withDeadline } from "../base/deadline.ts";
import { inTurn } from "../http/in_turn.ts";
import { warnOfStore } from "../http/warning.ts";
import { type PartsOptions, type Submission, submitInParts, toReceipt } from "./submit_in_parts.ts";
import type { SubmissionJournal } from "./submit_part.ts";
import { readTaskIds } from "./task_selection.ts";

/** Their ids are one value of the store, of which a commit takes 16 MiB, with what is expected there. */
const MAX_TASKS = 100_000;

/**
 * Submits tasks under a key, or picks up what was submitted under it before. Right before anything is sent, the store
 * gets it; what was being sent when a process ended stays in doubt, and is never sent again.
 *
 * @throws {RangeError} If the key was used for another call.
 * @throws {ComputeSubmissionError} If nobody knows what became of an earlier submission.
 */
export function submitKeyed(
  context: ClientContext,
  key: string,
  submission: Submission,
  options: PartsOptions & { signal: AbortSignal },
): Promise<BatchReceipt> {
  if (typeof key !== "string" || key === "") {
    throw new TypeError("Cannot use 'key': it must be a string, not empty");
  }
  const { length } = submission.tasks;
  if (length > MAX_TASKS) {
    throw new RangeError(
      `Cannot submit ${length} tasks under one key: at most ${MAX_TASKS}, so use several keys`,
    );
  }
  return inTurn(context, `call/${key}`, async () => {
    const { endpointId, envelope, tasks } = submission;
    const fingerprint = await sha256Hex(JSON.stringify([endpointId, envelope, tasks]));
    const fresh = { fingerprint, endpointId, taskIds: [], requestIds: [], sending: 0 };
    const entry = await withDeadline({ signal: options.signal }, () => openEntry(context, key, fresh));
    if (entry.call.fingerprint !== fingerprint) {
      throw new RangeError(
        `Cannot use key '${key}': it stands for another call, with other tasks or options`,
      );
    }
    if (entry.call.sending > 0) await failInDoubt(context, entry, submission, options.signal);
    return await submitRest(context, entry, submission, options);
  }, options.signal);
}

/**
 * Names what a process may have submitted before it ended. It is not taken for ours: the group's id is in the store,
 * for others to see and to add to.
 *
 * @throws {ComputeSubmissionError} Always.
 */
async function failInDoubt(
  context: ClientContext,
  entry: KeyedEntry,
  { envelope }: Submission,
  signal: AbortSignal,
): Promise<never> {
  const { taskGroupId = envelope.task_group_id, taskIds, sending } = entry.call;
  const known = new Set(taskIds);
  const found = taskGroupId === undefined || envelope.task_group_id !== undefined
    ? []
    : (await readTaskIds(context, taskGroupId, { signal })).filter((taskId) => !known.has(taskId));
  throw new ComputeSubmissionError(
    `${sending} tasks of the call with key '${entry.key}' are being submitted by another process, or were when it ` +
      `ended, and may run; once you know that they do not, free the key: ${removalOf(entry.name)}`,
    {
      accepted: taskIds.map((taskId, index) => ({ index, taskId })),
      ambiguous: true,
      recoveredTaskIds: found,
      taskGroupId,
    },
  );
}

async function submitRest(
  context: ClientContext,
  entry: KeyedEntry,
  submission: Submission,
  options: PartsOptions,
): Promise<BatchReceipt> {
  const { envelope } = submission;
  const { taskIds, taskGroupId = envelope.task_group_id } = entry.call;
  const tasks = submission.tasks.slice(taskIds.length);
  if (tasks.length > 0) {
    const rest = given({
      ...submission,
      tasks,
      envelope: given({ ...envelope, task_group_id: taskGroupId }),
      // A group of the caller's own choice may have other tasks in it.
      knownTaskIds: envelope.task_group_id === undefined ? new Set(taskIds) : undefined,
    });
    const journal: SubmissionJournal = {
      async sending({ count }) {
        try {
          await entry.write({ sending: count });
        } catch (error) {
          entry.call = { ...entry.call, sending: 0 }; // Whatever the store has of it: nothing is sent now.
          throw error;
        }
      },
      // A process that ends before they are sent again leaves no doubt.
      refused: () => change(context, entry, { sending: 0 }),
      accepted: ({ taskGroupId, taskIds, requestIds }) =>
        change(context, entry, {
          taskGroupId,
          taskIds: [...entry.call.taskIds, ...taskIds],
          requestIds: [...entry.call.requestIds, ...requestIds],
          sending: 0,
        }),
    };
    try {
      toReceipt(await submitInParts(context, rest, { ...options, journal }));
    } catch (error) {
      throw await fail(context, entry, error);
    }
  }
  return toOwnReceipt(entry.call);
}

function toOwnReceipt({ endpointId, taskGroupId = "", taskIds, requestIds }: KeyedCall): BatchReceipt {
  return { endpointId, taskGroupId, taskIds, requestIds };
}

async function change(context: ClientContext, entry: KeyedEntry, to: Partial<KeyedCall>): Promise<void> {
  try {
    await entry.write(to);
  } catch (error) {
    if (error instanceof ComputeSubmissionError) throw error;
    warnOfStore(context, `What became of the call with key '${entry.key}' was not stored`, error);
  }
}

/** Frees a key under which nothing was taken; makes the error of a call that was not taken as a whole. */
async function fail(context: ClientContext, entry: KeyedEntry, error: unknown): Promise<unknown> {
  const { key, call: { taskIds, taskGroupId, sending } } = entry;
  // Where a part was taken before, the error of the store is the cause of another one.
  const causes = [error instanceof Error ? error.cause : undefined, error];
  const known = causes.find((cause) => cause instanceof ComputeSubmissionError);
  if (taskIds.length === 0) {
    const onError = (cause: unknown) => warnOfStore(context, `Key '${key}' was not freed`, cause);
    if (sending === 0 && known === undefined) await entry.remove().catch(onError);
    return error;
  }
  // Places in it are counted from the first task of the call, not from the first of those that were left.
  return new ComputeSubmissionError(known?.message ?? `The call was submitted in part: ${messageOf(error)}`, {
    ambiguous: false,
    taskGroupId,
    ...known,
    accepted: taskIds.map((taskId, index) => ({ index, taskId })),
    cause: known?.cause ?? error,
  });
}
