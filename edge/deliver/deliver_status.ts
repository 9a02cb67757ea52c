import { withDeadline } from "../../src/base/deadline.ts";
import type { MessageEvent } from "../event.ts";
import type { CommitStatusTarget } from "../hook.ts";
import { type BatchRecord, isEnded } from "../records/batch_record.ts";
import { batchLink } from "../watch/batch_link.ts";
import { isCommit } from "./commit_of.ts";
import { type DeliveryRound, readBatch, tellMessage } from "./delivery_round.ts";
import { removeEntry, type StatusEntry, type WaitingEntry, writeEntry } from "./outbox.ts";
import { isResting, letRest, receiverOf } from "./receiver_state.ts";
import { nextAttemptAtMs } from "./retry_schedule.ts";
import { sendOnce, type SendOutcome } from "./send_once.ts";

/** Why nothing was sent: the hook's own function gave no token. */
const NO_TOKEN = "there was no token for GitHub";

const TOKEN_TIMEOUT_MS = 10_000;
const MAX_DESCRIPTION_LENGTH = 140;

/** The API that a commit is told by, without a slash at its end. */
export function apiOf({ apiUrl = "https://api.github.com" }: CommitStatusTarget): string {
  return apiUrl.replace(/\/+$/, "");
}

type Waiting = WaitingEntry<StatusEntry>;
type MessageNews = Omit<MessageEvent, "hook" | "batchId" | "messageId">;

/** What will not be another way the next time: no such repository or token, or GitHub does not take it. */
const FINAL_STATUS: ReadonlySet<number> = new Set([401, 404, 410, 422]);

/** Tells a commit on GitHub how far its batch is. */
export async function deliverCommitStatus(round: DeliveryRound, waiting: Waiting): Promise<void> {
  const { context, budget, resting } = round;
  const { batchId, hook, state, attempts } = waiting.value;
  const target = context.hooks.get(hook)?.commitStatus;
  const receiver = await receiverOf(target === undefined ? "" : apiOf(target));
  if (budget.isOver()) return;
  if (await isResting(round, receiver)) {
    await writeEntry(context, waiting, { ...waiting.value, nextAtMs: resting.get(receiver) ?? 0 });
    return;
  }
  const record = (await readBatch(round, batchId))?.record;
  if (target === undefined || !isCommit(record?.commit)) {
    return await end(round, waiting, {
      kind: "messageDropped",
      attempts,
      cause: "there is no commit to tell",
    });
  }
  if (state === "pending" && isEnded(record.state)) return await end(round, waiting); // Its end has been told, or will be.
  const reserved = budget.reserve();
  if (reserved === undefined) return;
  let answer: SendOutcome;
  try {
    if (!await round.lane.permit()) return;
    answer = await sendStatus(round, target, record, state);
  } finally {
    reserved.release();
  }
  const { status } = answer;
  const told = { attempts: attempts + 1, ...(status === undefined ? {} : { status }) };
  if (status !== undefined && status >= 200 && status < 300) {
    return await end(round, waiting, { kind: "messageDelivered", ...told });
  }
  if (round.signal.aborted) return; // It was cut short, and is no attempt.
  const cause = answer.status === undefined ? answer.cause : `GitHub answered ${status}`;
  if (status !== undefined && FINAL_STATUS.has(status)) {
    return await end(round, waiting, { kind: "messageDropped", ...told, cause });
  }
  const nowMs = context.clock.nowMs();
  const retryAfterMs = waitOf(answer, nowMs);
  const nextMs = nextAttemptAtMs(nowMs, told.attempts, retryAfterMs);
  if (isDown(answer)) await letRest(round, receiver, { nextAtMs: nextMs, retryAfterMs });
  if (nextMs === undefined) return await end(round, waiting, { kind: "messageDropped", ...told, cause });
  await writeEntry(context, waiting, { ...waiting.value, attempts: told.attempts, nextAtMs: nextMs });
  tellStatus(round, batchId, hook, { kind: "messagePostponed", ...told, cause });
}

/** Takes an entry out, and tells why, where there is something to tell. */
async function end(round: DeliveryRound, waiting: Waiting, about?: MessageNews): Promise<void> {
  await removeEntry(round.context, waiting);
  const { batchId, hook } = waiting.value;
  if (about !== undefined) tellStatus(round, batchId, hook, about);
}

function isDown(answer: SendOutcome): boolean {
  const { status } = answer;
  if (status === undefined) return answer.cause !== NO_TOKEN; // That is the hook's, and not GitHub's.
  return status >= 500 || status === 429 || isLimited(answer);
}

/** GitHub answers 403, too, to who has asked too often. */
function isLimited(answer: SendOutcome): boolean {
  return answer.status === 403 &&
    (answer.retryAfterMs !== undefined || answer.headers.get("x-ratelimit-remaining") === "0");
}

/** How long GitHub asks to be left alone. */
function waitOf(answer: SendOutcome, nowMs: number): number | undefined {
  if (answer.status === undefined) return undefined;
  if (answer.retryAfterMs !== undefined) return answer.retryAfterMs;
  const resetSeconds = Number(answer.headers.get("x-ratelimit-reset") ?? NaN);
  return isLimited(answer) && resetSeconds > 0 ? Math.max(0, resetSeconds * 1000 - nowMs) : undefined;
}

function tellStatus(round: DeliveryRound, batchId: string, hook: string, news: MessageNews): void {
  tellMessage(round, { batchId, hook }, { messageId: `status_${batchId}`, ...news });
}

/** Sends a commit status to GitHub, once. No token is in what it says. */
async function sendStatus(
  { context, signal }: DeliveryRound,
  target: CommitStatusTarget,
  record: BatchRecord,
  state: StatusEntry["state"],
): Promise<SendOutcome> {
  const { token, context: name } = target;
  let bearer: string;
  try {
    const onTimeout = () => new Error(NO_TOKEN);
    bearer = typeof token === "string" ? token : await withDeadline(
      { clock: context.clock, timeoutMs: TOKEN_TIMEOUT_MS, onTimeout, signal },
      (ended) => token({ signal: ended }),
    );
    new Headers({ authorization: `Bearer ${bearer}` });
  } catch {
    return { status: undefined, cause: NO_TOKEN };
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
    "user-agent": "edge-compute-globus", // GitHub refuses requests without one.
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
    case "partlySubmitted":
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
