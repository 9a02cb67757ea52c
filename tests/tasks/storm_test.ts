/**
 * Two thousand tasks against a service that fails in one request of ten, hands each result over once, and is
 * strict about its rate: nothing may run twice, get lost or hang.
 */
import { assert, assertEquals } from "@std/assert";
import {
  accessToken,
  asCompleted,
  type BatchReceipt,
  batchRun,
  callFunction,
  type Client,
  ComputeSubmissionError,
  createClient,
  mapFunction,
  registerSource,
  runTask,
} from "../../mod.ts";
import {
  createLocalService,
  type FaultKind,
  type Faults,
  type InProcessService,
} from "../../src/local/mod.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { storms } from "../support/storm_length.ts";

const RATE: Record<FaultKind, number> = {
  tooManyRequests: 0.015,
  serverError: 0.01,
  unavailable: 0.015,
  resetBeforeRead: 0.01,
  serverErrorAfterTaken: 0.01,
  resetAfterTaken: 0.015,
  truncatedJson: 0.01,
  htmlPage: 0.01,
  emptyBody: 0.005,
};
const MINUTES_MS = 60_000;

/** What the test learns of each task, by the number that is its argument. */
interface Ledger {
  delivered: Map<number, number>;
  ambiguous: Set<number>;
  refused: Map<number, unknown>;
  /** The ids of tasks that were found in a group, and may be ours. */
  recovered: Set<string>;
}

interface Storm extends Ledger {
  client: Client;
  endpointId: string;
  functionId: string;
  taskGroupId: string;
}

function deliver({ delivered }: Ledger, n: number, value: unknown): void {
  assertEquals(value, 3 * n, `task ${n} came back as another's`);
  delivered.set(n, (delivered.get(n) ?? 0) + 1);
}

/** Puts a failure of the submission of these tasks where it belongs. */
function fail(
  { ambiguous, refused, recovered }: Ledger,
  numbers: readonly number[],
  error: unknown,
): number[] {
  if (!(error instanceof ComputeSubmissionError)) {
    for (const n of numbers) refused.set(n, error);
    return [];
  }
  for (const taskId of error.recoveredTaskIds) recovered.add(taskId);
  const accepted = new Map(error.accepted.map(({ index, taskId }) => [index, taskId]));
  numbers.forEach((n, index) => {
    if (accepted.has(index)) return;
    if (error.ambiguous) ambiguous.add(n);
    else refused.set(n, error);
  });
  return [...accepted.keys()];
}

async function wait(
  storm: Storm,
  numbers: readonly number[],
  receipt: Pick<BatchReceipt, "taskIds">,
): Promise<void> {
  const numberOf = new Map(receipt.taskIds.map((taskId, i) => [taskId, numbers[i] as number]));
  for await (const outcome of asCompleted(storm.client, receipt, { timeoutMs: 600 * MINUTES_MS })) {
    assertEquals(outcome.state, "success", `task ${numberOf.get(outcome.taskId)}`);
    if (outcome.state === "success") deliver(storm, numberOf.get(outcome.taskId) as number, outcome.result);
  }
}

async function asBatch(storm: Storm, numbers: readonly number[]): Promise<void> {
  const { client, endpointId, functionId } = storm;
  const tasks = numbers.map((n) => ({ functionId, args: [n] }));
  try {
    await wait(storm, numbers, await batchRun(client, { endpointId, tasks }, { maxTasksPerRequest: 40 }));
  } catch (error) {
    const indices = fail(storm, numbers, error);
    if (!(error instanceof ComputeSubmissionError) || indices.length === 0) return;
    const taskIds = error.accepted.map(({ taskId }) => taskId);
    await wait(storm, indices.map((index) => numbers[index] as number), { taskIds });
  }
}

/** Singles of a known group, one after another: where an answer is lost, the task is named. */
async function asSingles(storm: Storm, numbers: readonly number[]): Promise<void> {
  const { client, endpointId, functionId, taskGroupId } = storm;
  for (const n of numbers) {
    try {
      const taskId = await runTask(client, { endpointId, functionId, taskGroupId, args: [n] });
      await wait(storm, [n], { taskIds: [taskId] });
    } catch (error) {
      fail(storm, [n], error);
    }
  }
}

async function asCalls(storm: Storm, numbers: readonly number[]): Promise<void> {
  const { client, endpointId, functionId } = storm;
  await Promise.all(numbers.map(async (n) => {
    try {
      deliver(storm, n, await callFunction(client, { endpointId, functionId, args: [n] }));
    } catch (error) {
      fail(storm, [n], error);
    }
  }));
}

async function asMap(storm: Storm, numbers: readonly number[]): Promise<void> {
  const { client, endpointId, functionId } = storm;
  try {
    const values = await mapFunction(client, { endpointId, functionId, items: numbers });
    numbers.forEach((n, i) => deliver(storm, n, values[i]));
  } catch (error) {
    const accepted = fail(storm, numbers, error);
    if (!(error instanceof ComputeSubmissionError) || accepted.length === 0) return;
    const taskIds = error.accepted.map(({ taskId }) => taskId);
    await wait(storm, accepted.map((index) => numbers[index] as number), { taskIds });
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** The most requests that the service has seen in any window of 10 s. */
function mostInTenSeconds(local: InProcessService): number {
  const times = local.requests.map(({ atMs }) => atMs);
  return Math.max(...times.map((time, i) => {
    let last = i;
    while (last + 1 < times.length && (times[last + 1] as number) < time + 10_000) last++;
    return last - i + 1;
  }));
}

for (const seed of storms([1], [1, 2, 3, 4, 5, 6, 7, 8])) {
  Deno.test(`a storm of 2,000 tasks loses and doubles nothing (seed ${seed})`, async () => {
    const clock = new ManualClock();
    await using local = createLocalService({
      clock,
      functions: { triple: (n) => 3 * (n as number) },
      maxRecords: 100_000,
    });
    let underWay = 0;
    const isBusy = () => underWay > 0;
    // The client's own: a task whose answer was lost may still stand in the queue of the service at the end.
    let clientTimers = 0;
    const client = createClient({
      baseUrl: local.baseUrl,
      authorizer: accessToken(local.accessToken),
      fetch: async (request) => {
        underWay++;
        return await local.fetch(request).finally(() => underWay--);
      },
      clock: {
        nowMs: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        sleep: (ms, options) => {
          clientTimers++;
          return clock.sleep(ms, options).finally(() => clientTimers--);
        },
      },
    });
    const functionId = await registerSource(client, { source: "def triple(n):\n    return 3 * n\n" });
    const { endpointId } = local;
    const first = await clock.runUntil(
      batchRun(client, { endpointId, tasks: [{ functionId, args: [-1] }] }),
      isBusy,
    );
    const storm: Storm = {
      client,
      endpointId,
      functionId,
      taskGroupId: first.taskGroupId,
      delivered: new Map(),
      ambiguous: new Set(),
      refused: new Map(),
      recovered: new Set(),
    };
    const faults: Faults = {
      seed,
      readOnce: true,
      failRate: RATE,
      queueDelayMs: [0, 20_000],
    };
    local.setFaults(faults);

    await clock.runUntil(
      Promise.all([
        ...range(0, 10).map((i) => asBatch(storm, range(100 * i, 100 * (i + 1)))),
        asSingles(storm, range(1000, 1050)),
        ...range(0, 8).map((i) => asCalls(storm, range(1050 + 75 * i, 1125 + 75 * i))),
        ...range(0, 7).map((i) => asMap(storm, range(1650 + 50 * i, 1700 + 50 * i))),
      ]),
      isBusy,
    );

    const runs = new Map<string, number>();
    for (const { payload } of local.runs) runs.set(payload, (runs.get(payload) ?? 0) + 1);
    assertEquals([...runs].filter(([, count]) => count > 1), [], "a task has run twice");
    assertEquals([...storm.refused], [], "a task was refused, though it was sent again");
    const missing = range(0, 2000).filter((n) => !storm.delivered.has(n) && !storm.ambiguous.has(n));
    assertEquals(missing, [], "a task is neither delivered nor in doubt");
    assertEquals([...storm.delivered].filter(([, count]) => count !== 1), [], "a result came twice");
    assertEquals([...storm.ambiguous].filter((n) => storm.delivered.has(n)), []);
    // Of singles in a known group each whose answer was lost is named, as long as it was taken.
    const inDoubt = [...storm.ambiguous].filter((n) => n >= 1000 && n < 1050);
    const taken = local.runs.filter(({ payload }) => inDoubt.some((n) => payload.includes(`[${n}]`)));
    assertEquals(taken.filter(({ taskId }) => !storm.recovered.has(taskId)), [], "a task was not found");
    const faulty = local.requests.filter(({ fault }) => fault !== undefined).length / local.requests.length;
    assert(faulty > 0.05, `only ${faulty} of the requests met a fault`);
    const most = mostInTenSeconds(local);
    assert(most <= 20, `${most} requests within 10 s`);
    await settle();
    assertEquals(clientTimers, 0, "a timer of the client is left");
  });
}
