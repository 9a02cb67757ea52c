/** A Compute service in the test's hands, and how it speaks of tasks: what the tests of the client share. */
import { accessToken, type Client, type ClientOptions, createClient, type Store } from "../../mod.ts";
import { ManualClock } from "./manual_clock.ts";
import { createObservedFetch, json, type ObservedFetch, type SentRequest } from "./observed_fetch.ts";
import { untilSettled } from "./until.ts";

export const ENDPOINT_ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
export const GROUP_ID = "a5d1a0b0-2b22-4381-b899-ba73321e41e0";
export const BATCH_STATUS = "POST /v2/batch_status";
export const SUBMIT = `POST /v3/endpoints/${ENDPOINT_ID}/submit`;
export const ENDPOINT_STATUS = `GET /v2/endpoints/${ENDPOINT_ID}/status`;
export const TASK_GROUP = `GET /v2/taskgroup/${GROUP_ID}`;

/** A UUID that a reader can tell from others. */
export function id(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** So many ids, from 1. */
export function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => id(index + 1));
}

/** The route of the first task. */
export const TASK = `GET /v2/tasks/${id(1)}`;

/** A client, and what it talks to. */
export interface World {
  client: Client;
  fetch: ObservedFetch;
  clock: ManualClock;
}

/** A client whose world is in the test's hands. Unless the test is about it, it sends nothing again. */
export function setUp(options: Partial<ClientOptions> = {}): World {
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

/** Leaves what a store has of keyed calls in another one, as a process does that ends now. */
export async function copyCall(from: Store, to: Store): Promise<void> {
  for (const key of await from.list("call/")) {
    await to.commit([{ key, value: await from.get(key) ?? null }]);
  }
}

/** What the service says of a task, but for its id. */
export type Entry = Record<string, unknown>;

/** A task that is done, as the service says it. */
export function success(value: unknown): Entry {
  return { status: "success", result: `11\n${JSON.stringify(value)}`, completion_t: "1677183605.5" };
}

export const PENDING: Entry = { status: "waiting-for-nodes" };
export const FAILED: Entry = {
  status: "failed",
  exception: "Traceback (most recent call last):\nValueError: no",
};
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

/** The same entry for each of so many tasks. */
export function entriesOf(count: number, entry: Entry = PENDING): Record<string, Entry> {
  return Object.fromEntries(ids(count).map((taskId) => [taskId, entry]));
}

/** A world whose service knows tasks. */
export interface TaskWorld extends World {
  /** What the service says of each task; a test changes it as it goes. */
  entries: Record<string, Entry>;
  /** When each poll came, in milliseconds since the beginning. */
  times: number[];
  /** How many tasks each poll has asked for. */
  sizes(): number[];
}

/** A client of a service that says of each task what `entries` says. */
export function setUpTasks(entries: Record<string, Entry>, options: Partial<ClientOptions> = {}): TaskWorld {
  const world = setUp(options);
  const { clock, fetch } = world;
  const startMs = clock.nowMs();
  const times: number[] = [];
  const answer = statusOf(entries);
  fetch.always(BATCH_STATUS, (sent) => {
    times.push(Math.round(clock.nowMs() - startMs));
    return answer(sent);
  });
  return { ...world, entries, times, sizes: () => asked(fetch).map((taskIds) => taskIds.length) };
}

/** The ids that each `POST /v2/batch_status` has asked for. */
export function asked(fetch: ObservedFetch): string[][] {
  return (fetch.bodies(BATCH_STATUS) as { task_ids: string[] }[]).map((body) => body.task_ids);
}

/** The answer to a submission: ids by function. */
export function receipt(tasks: Record<string, string[]>): Response {
  return json({ request_id: id(900), task_group_id: GROUP_ID, endpoint_id: ENDPOINT_ID, tasks });
}

/** The answer to `GET /v2/taskgroup/…`: the tasks of the group. */
export function group(...taskIds: string[]): Response {
  return json({ taskgroup_id: GROUP_ID, tasks: taskIds.map((taskId) => ({ id: taskId })) });
}
