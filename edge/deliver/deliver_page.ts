import type { DeliveryTarget } from "../hook.ts";
import { batchLink } from "../watch/batch_link.ts";
import { buildPage } from "./build_page.ts";
import { checkAddress } from "../check_address.ts";
import type { DeliveryRound } from "./delivery_round.ts";
import type { PagePlan } from "./plan_pages.ts";
import { sendOnce } from "./send_once.ts";
import { signMessage } from "./sign_message.ts";

/** What came of sending a message once. */
export type PageOutcome =
  | { readonly state: "delivered"; readonly status: number }
  /** The receiver wants no more messages. */
  | { readonly state: "gone"; readonly status: number }
  /** It will never be sent there: the address is none to send to. */
  | { readonly state: "refused"; readonly cause: string }
  | {
    readonly state: "failed";
    readonly cause: string;
    readonly status?: number;
    readonly retryAfterMs?: number;
    /** Whether it is about the receiver, and not about this message. */
    readonly isDown: boolean;
  };

/** A receiver that answers so may be well again soon, and says when. */
const RETRY_AFTER_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The id of a page: the same each time it is sent. */
export function messageIdOf(batchId: string, page: number): string {
  return `msg_${batchId}_${page}`;
}

/** Makes a message, signs it and sends it, once. */
export async function deliverPage(
  round: DeliveryRound,
  target: DeliveryTarget,
  { batch, plan, page }: { batch: NonNullable<DeliveryRound["last"]>; plan: PagePlan; page: number },
): Promise<PageOutcome> {
  const { context, signal } = round;
  const url = new URL(target.url);
  const problem = await addressProblem(round, url);
  if (problem !== undefined) {
    const { cause } = problem;
    return problem.isFinal ? { state: "refused", cause } : { state: "failed", cause, isDown: true };
  }
  const { record, entries } = batch;
  const link = await batchLink(context, record.id);
  const body = await buildPage(context, record, { entries, plan, page, link });
  const secrets = typeof target.secret === "string" ? [target.secret] : target.secret;
  const timestampSeconds = Math.floor(context.clock.nowMs() / 1000);
  const signature = await signMessage({ id: messageIdOf(record.id, page), timestampSeconds, body, secrets });
  const headers = { "content-type": "application/json", "user-agent": "edge-compute-globus", ...signature };
  const answer = await sendOnce(
    context,
    (ended) => new Request(url, { method: "POST", headers, body, redirect: "manual", signal: ended }),
    signal,
  );
  if (answer.status === undefined) return { state: "failed", cause: answer.cause, isDown: true };
  const { status, retryAfterMs } = answer;
  if (status >= 200 && status < 300) return { state: "delivered", status };
  if (status === 410) return { state: "gone", status };
  return {
    state: "failed",
    cause: `the receiver answered ${status}`,
    status,
    isDown: status >= 500 || status === 429 || status === 408,
    ...(retryAfterMs !== undefined && RETRY_AFTER_STATUS.has(status) ? { retryAfterMs } : {}),
  };
}

/** An address is looked at once a round, for all of its messages. */
function addressProblem(round: DeliveryRound, url: URL): ReturnType<typeof checkAddress> {
  const { context, addresses, signal } = round;
  const { username, password, origin } = url;
  const key = JSON.stringify([username, password, origin]);
  const problem = addresses.get(key) ?? checkAddress(context, url, signal);
  addresses.set(key, problem);
  return problem;
}
