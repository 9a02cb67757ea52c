import { put, remove } from "../../../src/store/writes.ts";
import { accessToken, createClient, getBatchResult, memoryStore, type Store } from "../../../mod.ts";
import { createContext } from "../../../edge/create_context.ts";
import type { EdgeContext } from "../../../edge/context.ts";
import { createEdgeHandler } from "../../../edge/handler.ts";
import type { EdgeOptions } from "../../../edge/options.ts";
import type { BatchRecord, BatchState, TaskEntry } from "../../../edge/records/batch_record.ts";
import { batchKey, recentKey, tasksKey } from "../../../edge/records/keys.ts";
import { bearer } from "../../../edge/verify/bearer.ts";
import { batchLink } from "../../../edge/watch/batch_link.ts";
import { createObservedFetch } from "../../support/observed_fetch.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { BATCH_STATUS, ENDPOINT_ID, type Entry, GROUP_ID, id, statusOf } from "../../support/task_helpers.ts";

export const OPERATOR_TOKEN = "the-operators-token";
export const AS_OPERATOR = { authorization: `Bearer ${OPERATOR_TOKEN}` };
export const BASE_URL = "https://hooks.example.org/compute";
/** The id of the batch, unless a test needs more of them. */
export const BATCH_ID = "5f0c9f5e-0f4e-4a55-9d0a-6c1f0a0b7c11";

/** A handler whose store and clock are in the test's hands. */
export interface WatchWorld {
  context: EdgeContext;
  store: Store;
  clock: ManualClock;
  /** What the handler answers to a request for a path below its base URL. */
  get(path: string, init?: RequestInit): Promise<Response>;
  handler(request: Request): Promise<Response>;
  /** The address of a path of the batch, as its link opens it. */
  link(path: string): string;
  /** The same through the batch's link. */
  getByLink(path: string, init?: RequestInit): Promise<Response>;
}

/** Makes a handler with an operator, one hook, and no batch. */
export async function setUpWatch(options: Partial<EdgeOptions> = {}): Promise<WatchWorld> {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const all: EdgeOptions = {
    baseUrl: BASE_URL,
    store,
    clock,
    linkSecrets: ["a secret with which the tests sign links"],
    authorizer: accessToken("token"),
    operator: bearer({ tokens: [OPERATOR_TOKEN] }),
    hooks: {
      simulate: {
        verify: bearer({ tokens: ["the-senders-own-token"] }),
        endpoints: [ENDPOINT_ID],
        functions: [id(900)],
        batch: () => undefined,
      },
    },
    ...options,
  };
  const handler = createEdgeHandler(all);
  const context = createContext(all);
  const link = new URL(await batchLink(context, BATCH_ID));
  const get = (path: string, init?: RequestInit) => handler(new Request(`${all.baseUrl}${path}`, init));
  const linkTo = (path: string) => {
    const url = new URL(`${all.baseUrl}/batches/${BATCH_ID}${path}`);
    url.searchParams.set("capability", link.searchParams.get("capability") ?? "");
    return url.href;
  };
  return {
    context,
    store,
    clock,
    get,
    handler,
    link: linkTo,
    getByLink: (path, init) => handler(new Request(linkTo(path), init)),
  };
}

/** What the service says of a task; `undefined` for one that is not collected yet. */
export type SeededTask = Entry | undefined;

/** The states in which the service has all tasks. */
const TAKEN: readonly BatchState[] = ["running", "done"];

/** Puts a batch into the store as it stands there when its tasks have come so far. */
export async function seedBatch(
  { store, clock }: Pick<WatchWorld, "store" | "clock">,
  tasks: readonly SeededTask[],
  { firstTaskId = 1, ...changes }: Partial<BatchRecord> & { firstTaskId?: number } = {},
): Promise<BatchRecord> {
  const idOf = (index: number) => id(firstTaskId + index);
  const entries = tasks.map((task, index) => taskEntry(idOf(index), task));
  await keepResults({ store, clock }, tasks, idOf);
  const count = (...states: TaskEntry["state"][]) =>
    entries.filter(({ state }) => states.includes(state)).length;
  const nowMs = clock.nowMs();
  const counts = {
    pending: count("pending"),
    success: count("success"),
    failed: count("failed"),
    lost: count("notFound", "undecodable"),
  };
  const isDone = counts.pending === 0;
  const record: BatchRecord = {
    id: BATCH_ID,
    hook: "simulate",
    deliveryId: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    fingerprint: "0".repeat(64),
    state: isDone ? "done" : "running",
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...(isDone ? { endedAtMs: nowMs } : {}),
    endpointId: ENDPOINT_ID,
    taskCount: tasks.length,
    takenCount: TAKEN.includes(changes.state ?? "running") ? tasks.length : 0,
    taskGroupId: GROUP_ID,
    counts,
    submission: { attempts: 1 },
    claims: { email: "a.researcher@example.org" },
    ...changes,
  };
  const taken = entries.slice(0, record.takenCount);
  if (taken.length > 0) await put(store, tasksKey(record.id), JSON.stringify(taken));
  else await remove(store, tasksKey(record.id));
  await put(store, batchKey(record.id), JSON.stringify(record));
  await put(store, recentKey(record.createdAtMs, record.id), record.hook);
  return record;
}

function taskEntry(taskId: string, task: SeededTask): TaskEntry {
  const status = task === undefined ? "waiting-for-nodes" : String(task.status);
  if (task === undefined || (task.result === undefined && task.exception === undefined)) {
    return { taskId, state: "pending", status };
  }
  const isUnreadable = typeof task.result === "string" && !task.result.startsWith("11\n");
  const state = task.exception !== undefined ? "failed" : isUnreadable ? "undecodable" : "success";
  return { taskId, state, completedAtMs: Date.UTC(2026, 0, 1, 0, 1) };
}

/** Has a client collect the results, so that they stand in the store as a client puts them there. */
async function keepResults(
  { store, clock }: Pick<WatchWorld, "store" | "clock">,
  tasks: readonly SeededTask[],
  idOf: (index: number) => string,
): Promise<void> {
  const ended = Object.fromEntries(
    tasks.flatMap((task, index) => task === undefined ? [] : [[idOf(index), task]]),
  );
  const taskIds = Object.keys(ended);
  if (taskIds.length === 0) return;
  const fetch = createObservedFetch().always(BATCH_STATUS, statusOf(ended));
  const client = createClient({ authorizer: accessToken("token"), store, clock, fetch, maxAttempts: 1 });
  await clock.runUntil(getBatchResult(client, taskIds));
}

/** A task that raised, as the service says it. */
export function failure(message = "division by zero"): Entry {
  const exception = `Traceback (most recent call last):
  File "/usr/lib/python3/site-packages/globus_compute_endpoint/engines/helper.py", line 100, in execute_task
    return func(*args, **kwargs)
  File "<string>", line 2, in divide
ZeroDivisionError: ${message}
`;
  return { status: "failed", exception, completion_t: "1677183605.5" };
}

/** A task whose result nobody can read, as the service says it. */
export const UNREADABLE: Entry = { status: "success", result: "99\nwho knows", completion_t: "1677183605.5" };

/** Puts so many batches into the store, `batch-0` first; the last one has failed, the others have not begun. */
export async function seedBatches(
  world: Pick<WatchWorld, "store" | "clock">,
  count: number,
): Promise<void> {
  const nowMs = world.clock.nowMs();
  for (let index = 0; index < count; index++) {
    await seedBatch(world, [index === count - 1 ? failure() : undefined], {
      id: `batch-${index}`,
      firstTaskId: 1 + index,
      createdAtMs: nowMs + index * 1_000,
    });
  }
}
