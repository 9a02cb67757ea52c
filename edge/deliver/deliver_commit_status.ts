import { type BatchRecord, isEnded } from "../records/batch_record.ts";
import type { CommitStatusTarget } from "../hook.ts";
import { isSafeUrl } from "../verify/is_safe_url.ts";
import { batchLink } from "../watch/batch_link.ts";
import { isCommit } from "./commit_of.ts";
import { type DeliveryRound, noteDown, readBatch, tellMessage } from "./delivery_round.ts";
import type { LeftOver } from "./deliver_results.ts";
import { removeEntry, type StatusEntry, type WaitingEntry, writeEntry } from "./outbox.ts";
import { nextAttemptAtMs } from "./retry_schedule.ts";
import { sendOnce, type SendOutcome } from "./send_once.ts";
import { withTimeout } from "./with_timeout.ts";

const TOKEN_TIMEOUT_MS = 10_000;
const MAX_DESCRIPTION_LENGTH = 140;
/** What will not be another way the next time: no such repository or token, or GitHub does not take it. */
const FINAL_STATUS: ReadonlySet<number> = new Set([401, 404, 410, 422]);

/** The API that a commit is told by, without a slash at its end. */
export function apiOf({ apiUrl = "https://api.github.com" }: CommitStatusTarget): string {
  return apiUrl.replace(/\/+$/, "");
}

/**
 * Tells a commit on GitHub how far its batch is.
 *
 * @returns What is left to be done; nothing where all is over, or somebody else is at it.
 */
export async function deliverCommitStatus(
  round: DeliveryRound,
  waiting: WaitingEntry<StatusEntry>,
): Promise<LeftOver | undefined> {
  const { context, budget, down } = round;
  const { batchId, hook, attempts: before } = waiting.value;
  const target = context.hooks.get(hook)?.commitStatus;
  const api = target === undefined ? "" : apiOf(target);
  const leftOver = (entry: StatusEntry): LeftOver => ({
    messages: 1,
    dueAtMs: Math.max(entry.dueAtMs, down.get(api) ?? 0),
  });
  /** What stands there now is another one, which came meanwhile. */
  const another: LeftOver = { messages: 1, dueAtMs: context.clock.nowMs() };
  if (down.has(api) || budget.isOver()) return leftOver(waiting.value);
  const record = (await readBatch(round, batchId))?.record;
  if (target === undefined || record === undefined || !isCommit(record.commit) || !isSafeUrl(new URL(api))) {
    await drop(round, waiting, { cause: "there is no commit to tell, or nobody to tell it to" });
    return undefined;
  }
  if (waiting.value.state === "pending" && isEnded(record.state)) { // What it came to is told by another entry.
    return await removeEntry(context.store, waiting) ? undefined : another;
  }
  const reserved = budget.reserve();
  if (reserved === undefined) return leftOver(waiting.value);
  let answer: SendOutcome;
  try {
    answer = await sendStatus(round, target, record, waiting.value);
  } finally {
    reserved.release();
  }
  const attempts = before + 1;
  const { status } = answer;
  if (status !== undefined && status >= 200 && status < 300) {
    const isOver = await removeEntry(context.store, waiting);
    tellStatus(round, waiting.value, { kind: "messageDelivered", attempts, status });
    return isOver ? undefined : another;
  }
  if (round.signal.aborted) return leftOver(waiting.value); // It was cut short, and is no attempt.
  const cause = status === undefined ? answer.cause : `GitHub answered ${status}`;
  const about = { attempts, cause, ...(status === undefined ? {} : { status }) };
  if (status !== undefined && FINAL_STATUS.has(status)) {
    return await drop(round, waiting, about) ? undefined : another;
  }
  const dueAtMs = nextAttemptAtMs(context.clock.nowMs(), attempts, waitMs(answer, context.clock.nowMs()));
  if (isDown(answer)) noteDown(round, api, dueAtMs);
  if (dueAtMs === undefined) return await drop(round, waiting, about) ? undefined : another;
  const written = await writeEntry(
    context.store,
    waiting,
    { ...waiting.value, attempts, dueAtMs },
    context.retentionMs,
  );
  tellStatus(round, waiting.value, { kind: "messagePostponed", ...about });
  return written === undefined ? another : leftOver(written.value);
}

async function sendStatus(
  { context, signal }: DeliveryRound,
  target: CommitStatusTarget,
  record: BatchRecord,
  { state }: StatusEntry,
): Promise<SendOutcome> {
  const { token, context: name } = target;
  let bearer: string;
  try {
    bearer = typeof token === "string" ? token : await withTimeout(
      context.clock,
      TOKEN_TIMEOUT_MS,
      signal,
      async (ended) => await token({ signal: ended }),
    );
    new Headers({ authorization: `Bearer ${bearer}` });
  } catch {
    return { status: undefined, cause: "there was no token for GitHub" };
  }
  const { repository = "", sha = "" } = record.commit ?? {};
  const body = JSON.stringify({
    state,
    target_url: await batchLink(context, record.id),
    description: describe(record).slice(0, MAX_DESCRIPTION_LENGTH),
    context: name ?? `globus-compute/${record.hook}`,
  });
  const headers = {
    accept: "application/vnd.github+json",
    authorization: `Bearer ${bearer}`,
    "content-type": "application/json",
    "user-agent": "edge-compute-globus", // GitHub answers nobody without one.
    "x-github-api-version": "2022-11-28",
  };
  const url = `${apiOf(target)}/repos/${repository}/statuses/${sha}`;
  return await sendOnce(
    context,
    (ended) => new Request(url, { method: "POST", headers, body, redirect: "manual", signal: ended }),
    signal,
  );
}

/** What stands beside the status, in 140 characters. */
function describe({ state, taskCount, counts }: BatchRecord): string {
  const tasks = `${taskCount} ${taskCount === 1 ? "task" : "tasks"}`;
  switch (state) {
    case "submitting":
      return `${tasks} on the way to Globus Compute`;
    case "running":
      return `${tasks} on Globus Compute`;
    case "inDoubt":
      return `Nobody knows whether ${tasks} reached Globus Compute: an operator decides`;
    case "refused":
      return `Globus Compute did not take ${tasks}`;
    case "abandoned":
      return `${tasks} given up by an operator`;
    case "done": {
      const { success, failed, lost } = counts;
      const parts = [
        `${success} of ${tasks} succeeded`,
        failed > 0 && `${failed} failed`,
        lost > 0 && `${lost} lost`,
      ];
      return parts.filter((part) => part !== false).join(", ");
    }
  }
}

function isDown(answer: SendOutcome): boolean {
  const { status } = answer;
  return status === undefined || status >= 500 || status === 429 || isLimited(answer);
}

/** GitHub answers 403, too, to who has asked too often. */
function isLimited(answer: SendOutcome): boolean {
  return answer.status === 403 &&
    (answer.retryAfterMs !== undefined || answer.headers.get("x-ratelimit-remaining") === "0");
}

/** How long GitHub asks to be left alone. */
function waitMs(answer: SendOutcome, nowMs: number): number | undefined {
  if (answer.status === undefined) return undefined;
  if (answer.retryAfterMs !== undefined) return answer.retryAfterMs;
  const resetSeconds = Number(answer.headers.get("x-ratelimit-reset") ?? NaN);
  return isLimited(answer) && resetSeconds > 0 ? Math.max(0, resetSeconds * 1000 - nowMs) : undefined;
}

async function drop(
  round: DeliveryRound,
  waiting: WaitingEntry<StatusEntry>,
  about: { cause: string; attempts?: number; status?: number },
): Promise<boolean> {
  const isOver = await removeEntry(round.context.store, waiting);
  tellStatus(round, waiting.value, { kind: "messageDropped", attempts: waiting.value.attempts, ...about });
  return isOver;
}

function tellStatus(
  round: DeliveryRound,
  entry: StatusEntry,
  about: Omit<Parameters<typeof tellMessage>[2], "messageId">,
): void {
  tellMessage(round, entry, { messageId: `status_${entry.batchId}`, ...about });
}
