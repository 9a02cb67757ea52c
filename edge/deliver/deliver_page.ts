import type { DeliveryTarget } from "../hook.ts";
import { batchLink } from "../watch/batch_link.ts";
import type { DeliveryRound } from "./delivery_round.ts";
import { decodeBase64, encodeBase64 } from "../../src/base/base64.ts";
import { checkAddress } from "../check_address.ts";
import { eachTask, MESSAGE_TAIL, messageHead } from "./each_task.ts";
import type { EdgeContext } from "../context.ts";
import type { BatchRecord, TaskEntry } from "../records/batch_record.ts";
import { sendOnce } from "./send_once.ts";
import { linkedTask, type MessageTask } from "./message_task.ts";
import { MAX_MESSAGE_BYTES, type PagePlan, roomOf } from "./plan_pages.ts";

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

const PREFIX = "whsec_";

/**
 * The header fields by which a receiver knows a message and where it comes from, as Standard Webhooks has them.
 *
 * @param secrets `whsec_…`: there is one signature for each, so that a receiver that knows any of them is content.
 */
async function signMessage(
  { id, timestampSeconds, body, secrets }: {
    id: string;
    timestampSeconds: number;
    body: Uint8Array;
    secrets: readonly string[];
  },
): Promise<Record<string, string>> {
  const head = new TextEncoder().encode(`${id}.${timestampSeconds}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  const signatures = await Promise.all(secrets.map(async (secret) => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey(
      "raw",
      decodeBase64(secret.slice(PREFIX.length)),
      algorithm,
      false,
      ["sign"],
    );
    return `v1,${encodeBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signed)))}`;
  }));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": signatures.join(" "),
  };
}

/** Makes a message, of what the store has. */
async function buildPage(
  context: EdgeContext,
  record: BatchRecord,
  { entries, plan, page, link }: {
    entries: readonly TaskEntry[];
    plan: PagePlan;
    /** From 1 on. */
    page: number;
    link: string;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const { starts, linked } = plan;
  const start = starts[page - 1] ?? 0;
  const end = Math.min(starts[page] ?? plan.next, entries.length);
  const room = roomOf(record, link);
  const tasks: (MessageTask & { index: number })[] = [];
  const walk = { entries, start, end, link, maxBytes: room, linked: new Set(linked) };
  for await (const task of eachTask(context, walk)) tasks.push(task);

  const head = messageHead(record, { page, pages: starts.length, link });
  const write = () => new TextEncoder().encode(head + tasks.map(({ json }) => json).join(",") + MESSAGE_TAIL);
  let body = write();
  // Another version of this code may have planned it, and have written values in another way.
  while (body.length >= MAX_MESSAGE_BYTES) {
    const whole = tasks.filter(({ isLinked }) => !isLinked);
    if (whole.length === 0) break;
    const largest = whole.reduce((most, task) => task.bytes > most.bytes ? task : most);
    const entry = entries[largest.index] as TaskEntry;
    Object.assign(largest, linkedTask(largest.index, entry, undefined, link));
    body = write();
  }
  return body;
}
