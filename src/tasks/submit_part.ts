import { inStoreTime } from "./in_store_time.ts";
import type { CallOptions } from "../http/call_options.ts";
import { forgetFunction, isUnknownFunction } from "../functions/registered_functions.ts";
import type { ClientContext } from "../http/client.ts";
import { type EncodedTask, groupByFunction } from "../wire/split_tasks.ts";
import { request } from "../http/request.ts";
import { warnOfHighAssurance } from "../http/warning.ts";
import { isRecord, optionalString } from "../base/narrow.ts";
import { type BatchReceipt, decodeReceipt } from "../wire/receipt.ts";
import { readTaskIds } from "./task_selection.ts";
import type { SubmitEnvelope } from "../wire/submit_body.ts";
import { answerSizeOf } from "./answer_size.ts";
import { ComputeTimeoutError } from "../errors/timeout_error.ts";

/** What became of one submission. */
export type PartOutcome =
  | { state: "accepted"; receipt: BatchReceipt }
  /** No task was taken. */
  | { state: "refused"; cause: unknown }
  /** Tasks may have been taken: those that were found are named, but not which of ours they are. */
  | { state: "inDoubt"; cause: unknown; recoveredTaskIds: string[]; taskGroupId: string | undefined };

/** When a task group is looked at for tasks that may have been taken, in milliseconds after one another. */
const LOOKS_MS: readonly number[] = [0, 1_000, 2_000, 4_000, 8_000];
/** How long an aborted caller is kept waiting for the one look that it is given. */
const LAST_LOOK_MS = 5_000;

/** What one submission carries. */
export interface Part {
  endpointId: string;
  /** All of the body but its tasks. */
  envelope: SubmitEnvelope;
  tasks: readonly EncodedTask[];
  /** What the group has before, if that is known: a group of this client's own. */
  knownTaskIds?: ReadonlySet<string> | undefined;
  /** Whether this call alone knows the group's id, and has shown it to nobody: all that is in it is the call's own. */
  isGroupUnshown?: boolean;
}

/** What is to be done around each attempt to send a part. */
export interface PartHooks {
  /** Waited for right before it leaves, with the number of its tasks; what it throws keeps them from being sent. */
  beforeSend?(count: number): Promise<void>;
  /** Waited for where the service surely has not taken it, whether or not it is sent again. */
  afterRefusal?(): Promise<void>;
}

/**
 * Submits tasks once. Where the answer is lost, the task group tells what was taken, if it is known: in a group that
 * nobody else knows, one new task of one that was sent is that one. In any other, it may be somebody else's. Nothing
 * that may have been taken is sent a second time, and nothing is guessed.
 */
export async function submitPart(
  context: ClientContext,
  part: Part,
  options: CallOptions,
  hooks: PartHooks = {},
): Promise<PartOutcome> {
  const { endpointId, envelope, tasks } = part;
  const taskGroupId = envelope.task_group_id;
  /** The attempts that may have been taken: one is enough, whatever comes of a later one. */
  let doubts = 0;
  const onDoubt = async (isInDoubt: boolean) => {
    doubts += isInDoubt ? 1 : -1;
    if (doubts === 0) await hooks.afterRefusal?.();
  };
  let unsent: { because: unknown } | undefined;
  const beforeAttempt = async () => {
    try {
      await hooks.beforeSend?.(tasks.length);
    } catch (because) {
      unsent = { because };
      throw because;
    }
  };
  let known = part.knownTaskIds;
  let body: unknown;
  try {
    if (taskGroupId !== undefined) known ??= new Set(await readTaskIds(context, taskGroupId, options));
    body = await request(
      context,
      "submit",
      options,
      (api, through) =>
        api.POST("/v3/endpoints/{endpoint_uuid}/submit", {
          ...through,
          params: { path: { endpoint_uuid: endpointId } },
          body: { ...envelope, tasks: groupByFunction(tasks) },
        }),
      { beforeAttempt, onDoubt },
    );
    const receipt = decodeReceipt(body, tasks, { endpointId, taskGroupId });
    const { note } = answerSizeOf(context);
    receipt.taskIds.forEach((taskId, index) => note(taskId, tasks[index]?.functionId ?? ""));
    warnOfHighAssurance(context, body);
    return { state: "accepted", receipt };
  } catch (cause) {
    if (unsent !== undefined) throw unsent.because;
    if (doubts === 0) {
      await forgetUnknownFunctions(context, cause, tasks);
      return { state: "refused", cause };
    }
    // An answer that cannot be used may still name the group that the service has made for these tasks alone.
    const group = taskGroupId ?? (isRecord(body) ? optionalString(body.task_group_id) : undefined);
    if (group === undefined) return { state: "inDoubt", cause, recoveredTaskIds: [], taskGroupId: group };
    const isOver = options.signal?.aborted === true || cause instanceof ComputeTimeoutError;
    // An event would show the group's id.
    const looking = part.isGroupUnshown ? { ...context, send: context.sendUntold } : context;
    const found = await findNewTasks(looking, group, known ?? new Set(), tasks.length, isOver);
    if (!part.isGroupUnshown || tasks.length !== 1 || found.length !== 1) {
      return { state: "inDoubt", cause, recoveredTaskIds: found, taskGroupId: group };
    }
    return {
      state: "accepted",
      receipt: { endpointId, taskGroupId: group, taskIds: found, requestIds: [] },
    };
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
  known: ReadonlySet<string>,
  wanted: number,
  isOver: boolean,
): Promise<string[]> {
  let found: string[] = [];
  for (const delayMs of isOver ? [0] : LOOKS_MS) {
    if (delayMs > 0) await context.clock.sleep(delayMs);
    try {
      const options = isOver ? { timeoutMs: LAST_LOOK_MS } : {};
      found = (await readTaskIds(context, taskGroupId, options)).filter((taskId) => !known.has(taskId));
    } catch {
      // What cannot be read now tells nothing, and no failure of a look may hide the doubt; look again.
    }
    if (found.length >= wanted) break;
  }
  return found;
}
