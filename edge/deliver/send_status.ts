import type { CommitStatusTarget } from "../hook.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { batchLink } from "../watch/batch_link.ts";
import type { DeliveryRound } from "./delivery_round.ts";
import type { StatusEntry } from "./outbox.ts";
import { withDeadline } from "../../src/base/deadline.ts";
import { sendOnce, type SendOutcome } from "./send_once.ts";

/** Why nothing was sent: the hook's own function gave no token. */
export const NO_TOKEN = "there was no token for GitHub";

const TOKEN_TIMEOUT_MS = 10_000;
const MAX_DESCRIPTION_LENGTH = 140;

/** The API that a commit is told by, without a slash at its end. */
export function apiOf({ apiUrl = "https://api.github.com" }: CommitStatusTarget): string {
  return apiUrl.replace(/\/+$/, "");
}

/** Sends a commit status to GitHub, once. No token is in what it says. */
export async function sendStatus(
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
