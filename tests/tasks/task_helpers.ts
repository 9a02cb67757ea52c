import { accessToken, type Client, type ClientOptions, createClient } from "../../mod.ts";
import { ManualClock } from "../support/manual_clock.ts";
import {
  createObservedFetch,
  json,
  type ObservedFetch,
  type SentRequest,
} from "../support/observed_fetch.ts";
import { untilSettled } from "../support/until.ts";

export const ENDPOINT_ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
export const GROUP_ID = "a5d1a0b0-2b22-4381-b899-ba73321e41e0";
export const BATCH_STATUS = "POST /v2/batch_status";
export const SUBMIT = `POST /v3/endpoints/${ENDPOINT_ID}/submit`;
export const TASK_GROUP = `GET /v2/taskgroup/${GROUP_ID}`;

/** A UUID that a reader can tell from others. */
export function id(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** So many ids, from 1. */
export function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => id(index + 1));
}

/** A client whose world is in the test's hands. Unless the test is about it, it sends nothing again. */
export function setUp(
  options: Partial<ClientOptions> = {},
): { client: Client; fetch: ObservedFetch; clock: ManualClock } {
  const fetch = createObservedFetch();
  const clock = new ManualClock();
  const client = createClient({
    authorizer: accessToken("token"),
    baseUrl: "https://compute.example.org",
    fetch,
    clock,
    maxAttempts: 1,
    ...options,
  });
  return { client, fetch, clock };
}

/** Waits until a request has been sent: what comes before it, a digest for one, takes time of its own. */
export async function untilSent(fetch: ObservedFetch): Promise<void> {
  await untilSettled("a request", () => fetch.sent.length > 0);
}

/** What the service says of a task, but for its id. */
export type Entry = Record<string, unknown>;

/** A task that is done, as the service says it. */
export function success(value: unknown): Entry {
  return { status: "success", result: `11\n${JSON.stringify(value)}`, completion_t: "1677183605.5" };
}

export const PENDING: Entry = { status: "waiting-for-nodes" };
export const UNKNOWN: Entry = { status: "Failed", reason: "Unknown task id" };

/** Answers `POST /v2/batch_status` for the ids that are asked, and throws if one of them has no entry. */
export function statusOf(entries: Record<string, Entry>): (sent: SentRequest) => Response {
  return ({ text }) => {
    const { task_ids: asked } = JSON.parse(text) as { task_ids: string[] };
    const results = asked.map((taskId) => {
      if (entries[taskId] === undefined) throw new Error(`Unexpected task id: ${taskId}`);
      return [taskId, { task_id: taskId, ...entries[taskId] }];
    });
    return json({ response: "batch", results: Object.fromEntries(results) });
  };
}

/** The ids that each `POST /v2/batch_status` has asked for. */
export function asked(fetch: ObservedFetch): string[][] {
  return (fetch.bodies(BATCH_STATUS) as { task_ids: string[] }[]).map((body) => body.task_ids);
}

/** The answer to a submission: ids by function. */
export function receipt(tasks: Record<string, string[]>): Response {
  return json({ request_id: id(900), task_group_id: GROUP_ID, endpoint_id: ENDPOINT_ID, tasks });
}
