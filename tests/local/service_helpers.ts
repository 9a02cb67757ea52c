/** What the tests of the service share: a clock that is set by hand, and requests made by hand. */
import {
  type Clock,
  createLocalService,
  type InProcessService,
  type InProcessServiceOptions,
  startLocalService,
} from "../../src/local/mod.ts";

/** The id of the local endpoint. */
export const ENDPOINT = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
/** The function that every service knows. */
export const HELLO = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
/** An id of nothing. */
export const NOBODY = "00000000-0000-4000-8000-000000000000";
/** The payload of a call without arguments. */
export const NO_ARGUMENTS = "5\n11\n[]5\n11\n{}";

/** A clock that stands still until it is told how much time has passed. */
export interface ManualClock extends Clock {
  /** Lets time pass. Who sleeps for less wakes up. */
  advance(ms: number): void;
  /** Resolves as soon as so many sleep. */
  untilSleeping(count: number): Promise<void>;
}

export function createManualClock(startMs = 1_790_000_000_000): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<{ atMs: number; wake(): void }>();
  const watchers: { count: number; resolve(): void }[] = [];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    sleep(ms, { signal } = {}) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { atMs: nowMs + ms, wake: () => (sleepers.delete(sleeper), resolve()) };
        signal?.addEventListener("abort", () => (sleepers.delete(sleeper), reject(signal.reason)));
        sleepers.add(sleeper);
        for (const watcher of watchers) if (sleepers.size >= watcher.count) watcher.resolve();
      });
    },
    advance(ms) {
      nowMs += ms;
      for (const sleeper of [...sleepers]) if (sleeper.atMs <= nowMs) sleeper.wake();
    },
    untilSleeping: (count) =>
      new Promise((resolve) => sleepers.size >= count ? resolve() : watchers.push({ count, resolve })),
  };
}

/** Sends a request with the token, and what the service wants to know of a program and its body. */
export type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
  init?: RequestInit,
) => Promise<Response>;

/** Requests through the service's own `fetch`, or through the network. */
export function sender(local: InProcessService, fetch: typeof globalThis.fetch = local.fetch): Send {
  return (method, path, body, headers = {}, init = {}) =>
    fetch(local.baseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${local.accessToken}`,
        "user-agent": "test",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...init,
    });
}

/**
 * Runs a test on a service without a port, and on one that listens. Deno's own `fetch` repeats a request, a
 * submission too, where a connection that it had used before is reset: a client that keeps none does not.
 */
export function onBoth(
  name: string,
  options: InProcessServiceOptions,
  test: (send: Send, local: InProcessService) => Promise<void>,
): void {
  Deno.test(`${name}, through fetch`, async () => {
    await using local = createLocalService(options);
    await test(sender(local), local);
  });
  Deno.test(`${name}, over HTTP`, async () => {
    await using local = await startLocalService({ ...options, workers: 1 });
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    await test(sender(local, (input, init) => fetch(input, { ...init, client })), local);
  });
}

/** A JSON object; fails for an answer that is an error. */
export async function json(response: Promise<Response>): Promise<Record<string, unknown>> {
  const settled = await response;
  const body = await settled.json();
  if (!settled.ok) throw new Error(`${settled.status}: ${JSON.stringify(body)}`);
  return body;
}

/** Registers a Python function of this name, without a body that matters. */
export async function register(send: Send, name: string): Promise<string> {
  const { function_uuid } = await json(send("POST", "/v3/functions", {
    function_name: name,
    function_code: `def ${name}(*args, **kwargs): pass`,
    serialized: false,
    meta: { python_version: "3.12.7", sdk_version: "4.19.0" },
  }));
  return function_uuid as string;
}

/** Registers an endpoint. */
export async function registerEndpoint(send: Send, settings: object = {}): Promise<string> {
  const { endpoint_id } = await json(
    send("POST", "/v3/endpoints", { endpoint_name: "lab", metadata: {}, ...settings }),
  );
  return endpoint_id as string;
}

/** Submits calls of one function, and returns what the service says. */
export async function submit(
  send: Send,
  functionId: string,
  payloads: string[] = [NO_ARGUMENTS],
  options: { endpointId?: string; taskGroupId?: string } = {},
): Promise<{ taskId: string; taskIds: string[]; taskGroupId: string; warning: unknown }> {
  const answer = await json(send("POST", `/v3/endpoints/${options.endpointId ?? ENDPOINT}/submit`, {
    tasks: { [functionId]: payloads },
    ...(options.taskGroupId === undefined ? {} : { task_group_id: options.taskGroupId }),
  }));
  const tasks = answer.tasks as Record<string, string[]>;
  const taskIds = tasks[functionId] as string[];
  return {
    taskId: taskIds[0] as string,
    taskIds,
    taskGroupId: answer.task_group_id as string,
    warning: answer.ha_warning,
  };
}

/** What the service says of one task. */
export async function taskOf(send: Send, taskId: string): Promise<Record<string, unknown>> {
  const { results } = await json(send("POST", "/v2/batch_status", { task_ids: [taskId] }));
  return (results as Record<string, Record<string, unknown>>)[taskId] as Record<string, unknown>;
}

/** Asks until a task is over, which for a JavaScript function is soon. */
export async function finished(send: Send, taskId: string): Promise<Record<string, unknown>> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const task = await taskOf(send, taskId);
    if (/^(success|failed)$/i.test(String(task.status))) return task;
  }
  throw new Error(`Task ${taskId} is not over`);
}
