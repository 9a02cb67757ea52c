/** Proves that a result is stored before it is handed over, and that other clients find it there. */
import { listAll, put } from "../../src/store/writes.ts";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  asCompleted,
  type Client,
  type ComputeWarning,
  getBatchResult,
  getTask,
  memoryStore,
  type Store,
  type TaskOutcome,
  waitForBatch,
} from "../../mod.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { json } from "../support/observed_fetch.ts";
import {
  asked,
  BATCH_STATUS,
  type Entry,
  FAILED,
  id,
  ids,
  PENDING,
  setUp,
  setUpTasks,
  statusOf,
  success,
  TASK,
  UNKNOWN,
} from "../support/task_helpers.ts";

/** The ways in which a result is read. */
const READERS: readonly [string, (client: Client) => Promise<TaskOutcome | undefined>][] = [
  ["getTask()", (client) => getTask(client, id(1))],
  ["getBatchResult()", async (client) => (await getBatchResult(client, [id(1)]))[0]],
  ["waitForBatch()", async (client) => (await waitForBatch(client, [id(1)]))[0]],
  [
    "waitForBatch() with timeoutMs 0",
    async (client) => (await waitForBatch(client, [id(1)], { timeoutMs: 0 }))[0],
  ],
];

/** A world in which the service says this of task 1, by each of its routes. */
function setUpEntry(entry: Entry, options: { store: Store; onWarning?: (warning: ComputeWarning) => void }) {
  const world = setUpTasks({ [id(1)]: entry }, options);
  world.fetch.always(TASK, () => json({ task_id: id(1), ...entry }));
  return world;
}

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of listAll(store, "")) keys.push(key);
  return keys;
}

for (const [name, read] of READERS) {
  Deno.test(`${name} hands a result over once it is in the store`, async () => {
    const inner = memoryStore({ clock: new ManualClock() });
    const gate = Promise.withResolvers<void>();
    const committing = Promise.withResolvers<void>();
    const commit: Store["commit"] = async (changes) => {
      committing.resolve();
      await gate.promise;
      return await inner.commit(changes);
    };
    const { client, clock } = setUpEntry(success(1), { store: { ...inner, commit } });
    let isOver = false;
    const outcome = read(client).finally(() => isOver = true);
    await clock.runUntil(committing.promise);
    await settle();
    assertEquals([isOver, await keysOf(inner)], [false, []]);
    gate.resolve();
    assertEquals((await clock.runUntil(outcome))?.state, "success");
    assertEquals(await keysOf(inner), [`result/${id(1)}`]);
  });

  Deno.test(`${name} hands a result over though the store fails, and warns`, async () => {
    const warnings: ComputeWarning[] = [];
    const commit = () => Promise.reject(new Error("disk full"));
    const { client, clock } = setUpEntry(success(1), {
      store: { ...memoryStore(), commit },
      onWarning: (warning) => void warnings.push(warning),
    });
    const outcome = await clock.runUntil(read(client));
    assertEquals(outcome?.state === "success" && outcome.result, 1);
    const message = `The result of task ${id(1)} was not stored: disk full`;
    assertEquals(warnings, [{ kind: "store", message }]);
  });

  for (const [what, entry] of [["a result", success(21)], ["a failure", FAILED]] as const) {
    Deno.test(`${name} finds ${what} in the store, with dates and details, and asks nobody`, async () => {
      const clock = new ManualClock();
      const store = memoryStore({ clock });
      const details = {
        os: "Linux",
        python_version: "3.11.1",
        task_transitions: { "execution-start": 1677183604.25, "execution-end": "1677183605.25" },
      };
      const first = setUpEntry({ ...entry, completion_t: "1677183605.5", details }, { store });
      const fresh = await first.clock.runUntil(read(first.client));
      const second = setUp({ store });
      const kept = await second.clock.runUntil(read(second.client));
      assertEquals([second.fetch.sent.length, second.clock.sleeping], [0, 0]);
      assertEquals(kept, fresh);
      assert(kept?.state === "success" || kept?.state === "failed");
      assertEquals(kept.completedAt, new Date(1677183605500));
      assertEquals(kept.details?.startedAt, new Date(1677183604250));
      assertEquals(kept.details?.pythonVersion, "3.11.1");
    });
  }

  for (const [what, entry] of [["pending", PENDING], ["unknown", UNKNOWN]] as const) {
    Deno.test(`${name} stores nothing of a task that is ${what}`, async () => {
      const store = memoryStore();
      const { client, clock, fetch } = setUpEntry(entry, { store });
      const call = read(client).catch(() => {});
      if (name === "waitForBatch()" && what === "pending") await clock.advance(1000);
      else await clock.runUntil(call);
      assertEquals([fetch.sent.length > 0, await keysOf(store)], [true, []]);
      fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
      await clock.runUntil(call);
    });
  }

  Deno.test(`${name} finds what another process read while it was about to ask`, async () => {
    const clock = new ManualClock();
    const store = memoryStore({ clock });
    const { client, fetch } = setUp({ store, clock });
    // The service hands a result over once: to the other process, which has stored it by then.
    const record = { taskId: id(1), status: "success", result: '11\n"theirs"' };
    const readByOther = () => put(store, `result/${id(1)}`, JSON.stringify(record));
    fetch.always(BATCH_STATUS, async (sent) => {
      await readByOther();
      return statusOf({ [id(1)]: UNKNOWN })(sent);
    });
    fetch.always(TASK, async () => {
      await readByOther();
      return json({ code: "TASK_NOT_FOUND" }, { status: 404 });
    });
    const outcome = await clock.runUntil(read(client));
    assertEquals(outcome?.state === "success" && outcome.result, "theirs");
  });
}

Deno.test("a result is in the store before the store is asked for what the service has forgotten", async () => {
  const inner = memoryStore();
  const [isAsked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let hasAnswered = false;
  const getMany: Store["getMany"] = async (keys) => {
    if (hasAnswered) {
      isAsked.resolve();
      await gate.promise;
    }
    return await inner.getMany(keys);
  };
  const { client, fetch, clock } = setUp({ store: { ...inner, getMany } });
  fetch.always(BATCH_STATUS, (sent) => {
    hasAnswered = true;
    return statusOf({ [id(1)]: UNKNOWN, [id(2)]: success(2) })(sent);
  });
  const reading = getBatchResult(client, ids(2));
  await clock.runUntil(isAsked.promise);
  await settle();
  assertEquals(await keysOf(inner), [`result/${id(2)}`]); // A kill costs nothing from here on.
  gate.resolve();
  const outcomes = await clock.runUntil(reading);
  assertEquals(outcomes.map(({ state }) => state), ["notFound", "success"]);
});

/** A store that counts the changes of each commit, and the keys of each read of many. */
function counting(store: Store = memoryStore()) {
  const commits: number[] = [];
  const reads: number[] = [];
  const counted: Store = {
    ...store,
    commit: (changes) => (commits.push(changes.length), store.commit(changes)),
    getMany: (keys) => (reads.push(keys.length), store.getMany(keys)),
  };
  return { store: counted, commits, reads };
}

Deno.test("an answer is kept in as few commits as there can be, and read in as few reads", async () => {
  const { store, commits, reads } = counting();
  const answer = statusOf(Object.fromEntries(ids(150).map((taskId, i) => [taskId, success(i)])));
  const first = setUp({ store });
  first.fetch.always(BATCH_STATUS, answer);
  await first.clock.runUntil(getBatchResult(first.client, ids(150)));
  assertEquals(asked(first.fetch).map((some) => some.length), [3, 147]);
  assertEquals(commits, [3, 64, 64, 19]);
  reads.length = 0;
  const second = setUp({ store });
  const outcomes = await second.clock.runUntil(getBatchResult(second.client, ids(150)));
  assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), [
    ...Array(150).keys(),
  ]);
  assertEquals([second.fetch.sent.length, reads], [0, Array(15).fill(10)]);
});

const MAX_RESULT = 10 * 2 ** 20;

for (
  const [what, text, commitCount] of [
    ["of quotes, which JSON doubles,", '"'.repeat(MAX_RESULT), 2],
    ["of three bytes a character", "\u20ac".repeat(MAX_RESULT / 3), 2],
    ["of half that size", "x".repeat(MAX_RESULT / 2), 1],
    ["of lines", "{}\n".repeat(MAX_RESULT / 3), 2],
    ["that has no UTF-8", "\ud800", 1],
  ] as const
) {
  Deno.test(`results as large as they get ${what} are kept, and read back as they were`, async () => {
    const { store, commits } = counting();
    const entries = {
      [id(1)]: { status: "success", result: `11\n${text}` },
      [id(2)]: { status: "failed", exception: text },
    };
    const warnings: ComputeWarning[] = [];
    const world = setUp({ store, onWarning: (warning) => void warnings.push(warning) });
    world.fetch.queue(BATCH_STATUS, statusOf(entries));
    const raws = (outcomes: TaskOutcome[]) =>
      outcomes.map((outcome) => outcome.state === "failed" ? outcome.error.traceback : rawOf(outcome));
    const fresh = raws(await world.clock.runUntil(getBatchResult(world.client, ids(2))));
    const kept = raws(await world.clock.runUntil(getBatchResult(world.client, ids(2))));
    assertEquals([fresh[0] === `11\n${text}`, fresh[1] === text], [true, true]);
    assertEquals([kept[0] === fresh[0], kept[1] === fresh[1]], [true, true]);
    assertEquals([world.fetch.sent.length, commits.length, warnings], [1, commitCount, []]);
  });
}

function rawOf(outcome: TaskOutcome | undefined): string | undefined {
  return outcome?.state === "undecodable" ? outcome.raw : undefined;
}

Deno.test("each result of a commit that fails is handed over, with a warning", async () => {
  const commit = () => Promise.reject(new Error("disk full"));
  const warnings: string[] = [];
  const onWarning = ({ message }: ComputeWarning) => void warnings.push(message);
  const { client, fetch, clock } = setUp({ store: { ...memoryStore(), commit }, onWarning });
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: FAILED, [id(3)]: PENDING }));
  const outcomes = await clock.runUntil(getBatchResult(client, ids(3)));
  assertEquals(outcomes.map(({ state }) => state), ["success", "failed", "pending"]);
  assertEquals(warnings, ids(2).map((taskId) => `The result of task ${taskId} was not stored: disk full`));
});

Deno.test("results that are too large for the store together are kept each by itself", async () => {
  const warnings: ComputeWarning[] = [];
  const clock = new ManualClock();
  // Each result takes 2 bytes for each character, and there is room for two of them.
  const store = memoryStore({ maxBytes: 5_000, clock });
  const { client, fetch, clock: running } = setUp({
    store,
    onWarning: (warning) => void warnings.push(warning),
  });
  const large = (i: number) => success(`${i}`.padEnd(800, "x"));
  fetch.queue(BATCH_STATUS, statusOf({ [id(1)]: large(1), [id(2)]: large(2), [id(3)]: large(3) }));
  const outcomes = await running.runUntil(getBatchResult(client, ids(3)));
  assertEquals(outcomes.map(({ state }) => state), ["success", "success", "success"]);
  assertEquals([await keysOf(store), warnings], [[`result/${id(2)}`, `result/${id(3)}`], []]);
});

Deno.test("two reads of a task at the same time cost one request", async () => {
  const { client, fetch, clock } = setUp();
  const answered = Promise.withResolvers<void>();
  fetch.queue(BATCH_STATUS, async (sent) => {
    await answered.promise;
    return statusOf({ [id(1)]: success(1), [id(2)]: success(2) })(sent);
  });
  fetch.queue(BATCH_STATUS, statusOf({ [id(3)]: success(3) }));
  const reads = [[id(1), id(2)], [id(2)], [id(2), id(3)]].map((taskIds) => getBatchResult(client, taskIds));
  await settle();
  answered.resolve();
  const outcomes = await clock.runUntil(Promise.all(reads));
  assertEquals(asked(fetch), [[id(1), id(2)], [id(3)]]);
  assertEquals(outcomes.map((some) => some.map(({ state }) => state)), [
    ["success", "success"],
    ["success"],
    ["success", "success"],
  ]);
  fetch.assertExhausted();
});

Deno.test("a read that failed holds no later one up", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, new Response(null, { status: 400 }), statusOf({ [id(1)]: success(1) }));
  const [first, second] = await clock.runUntil(Promise.allSettled([
    getBatchResult(client, [id(1)]),
    getBatchResult(client, [id(1)]),
  ]));
  assertEquals([first?.status, second?.status], ["rejected", "rejected"]);
  assertEquals((await clock.runUntil(getBatchResult(client, [id(1)])))[0]?.state, "success");
  assertEquals(fetch.sent.length, 2);
});

Deno.test("what a consumer left behind is in the store", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(BATCH_STATUS, statusOf(Object.fromEntries(ids(3).map((taskId) => [taskId, success(taskId)]))));
  const loop = asCompleted(client, ids(3));
  await clock.runUntil(loop.next());
  await loop.return();
  const outcomes = await clock.runUntil(waitForBatch(client, ids(3)));
  assertEquals(outcomes.map((outcome) => outcome.state === "success" && outcome.result), ids(3));
  assertStrictEquals(fetch.sent.length, 1);
});
