/** Proves that calls with one key are one submission, across clients and processes that end. */
import { put } from "../../src/store/writes.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type BatchReceipt,
  batchRun,
  callFunction,
  ComputeSubmissionError,
  mapFunction,
  memoryStore,
  prepareBatch,
  type Store,
} from "../../mod.ts";
import { contextOf } from "../../src/http/client.ts";
import { openEntry } from "../../src/tasks/keyed_entry.ts";
import { json } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  copyCall,
  ENDPOINT_ID,
  GROUP_ID,
  id,
  ids,
  receipt,
  setUp,
  statusOf,
  SUBMIT,
  success,
  TASK_GROUP,
} from "../support/task_helpers.ts";

const F = id(7000);
/** How an error tells to free the key. */
const FREE_KEY = 'free the key: store.commit([{ key: "call/k", value: null }])';
const CALL = { endpointId: ENDPOINT_ID, functionId: F };

Deno.test("the same call under the same key is one submission, other arguments are refused", async () => {
  const store = memoryStore();
  const [one, two] = [setUp({ store }), setUp({ store })];
  let kept: string | undefined;
  one.fetch.queue(SUBMIT, async () => {
    kept = await store.get("call/k");
    return receipt({ [F]: [id(1)] });
  });
  for (const { fetch } of [one, two]) fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  assertEquals(await one.clock.runUntil(callFunction(one.client, CALL, { key: "k" })), 1);
  assertEquals(JSON.parse(kept ?? "{}").sending, 1); // Before the request left.
  assertEquals(await two.clock.runUntil(callFunction(two.client, CALL, { key: "k" })), 1);
  assertEquals(two.fetch.bodies(SUBMIT), []);
  const other = () => callFunction(two.client, { ...CALL, args: [1] }, { key: "k" });
  await two.clock.runUntil(assertRejects(other, RangeError, "another call"));
});

Deno.test("a batch under a key is submitted once, as it is or as it was prepared", async () => {
  const store = memoryStore();
  const [one, two] = [setUp({ store }), setUp({ store })];
  one.fetch.queue(SUBMIT, receipt({ [F]: [id(1), id(2)] }));
  const tasks = [{ functionId: F, args: [1] }, { functionId: F, kwargs: { x: 2 } }];
  const batch = { endpointId: ENDPOINT_ID, tasks };
  const first = await one.clock.runUntil(batchRun(one.client, batch, { key: "k" }));
  const payloads = (await prepareBatch(batch)).tasks[F] ?? [];
  const prepared = { ...batch, tasks: payloads.map((payload) => ({ functionId: F, payload })) };
  assertEquals(await two.clock.runUntil(batchRun(two.client, prepared, { key: "k" })), first);
  assertEquals([one.fetch.bodies(SUBMIT).length, two.fetch.bodies(SUBMIT).length], [1, 0]);
  const other = () => batchRun(two.client, { ...batch, tasks: tasks.slice(1) }, { key: "k" });
  await two.clock.runUntil(assertRejects(other, RangeError, "another call"));
});

Deno.test("a batch under a key whose rest was refused goes on from there", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }), () => new Response(null, { status: 422 }));
  const batch = { endpointId: ENDPOINT_ID, tasks: [1, 2].map((x) => ({ functionId: F, args: [x] })) };
  const run = () => batchRun(client, batch, { key: "k", maxTasksPerRequest: 1 });
  const error = await clock.runUntil(assertRejects(run, ComputeSubmissionError));
  assertEquals([error.ambiguous, error.accepted], [false, [{ index: 0, taskId: id(1) }]]);
  fetch.queue(SUBMIT, receipt({ [F]: [id(2)] }));
  assertEquals((await clock.runUntil(run())).taskIds, [id(1), id(2)]);
});

Deno.test("prepared arguments are held to their form", async () => {
  const { client } = setUp();
  for (
    const [task, text] of [
      [{ payload: "[1]" }, "it must be packed arguments"],
      [{ payload: "5\n11\né" }, "it must be packed arguments"],
      [{ payload: "5\n11\n[]", args: [] }, "it stands in their place"],
    ] as const
  ) {
    const tasks = [{ functionId: F, ...task }];
    await assertRejects(() => batchRun(client, { endpointId: ENDPOINT_ID, tasks }), TypeError, text);
  }
});

Deno.test("a key is free again after a call that was too large", async () => {
  const { client, fetch, clock } = setUp();
  const large = { ...CALL, args: ["x".repeat(10_000_000)] };
  await clock.runUntil(assertRejects(() => callFunction(client, large, { key: "k" }), RangeError));
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] })).always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  assertEquals(await clock.runUntil(callFunction(client, CALL, { key: "k" })), 1);
});

Deno.test("an older task of the caller's group is not taken for one that a process left in doubt", async () => {
  const taskIds = ids(1_000);
  const group = () =>
    json({ taskgroup_id: GROUP_ID, tasks: [id(5000), ...taskIds].map((one) => ({ id: one })) });
  const left = memoryStore();
  const store = memoryStore();
  const first = setUp({ store });
  first.fetch.always(TASK_GROUP, group);
  first.fetch.queue(SUBMIT, receipt({ [F]: taskIds }), async () => {
    await copyCall(store, left);
    return new Response(null, { status: 422 });
  });
  const map = { ...CALL, taskGroupId: GROUP_ID, items: Array.from({ length: 1_001 }, (_, i) => i) };
  await first.clock.runUntil(assertRejects(() => mapFunction(first.client, map, { key: "k" })));
  const next = setUp({ store: left });
  next.fetch.always(TASK_GROUP, group).always(BATCH_STATUS, () => {
    throw new Error("adopted");
  });
  const call = () => mapFunction(next.client, map, { key: "k" });
  const error = await next.clock.runUntil(assertRejects(call, ComputeSubmissionError, FREE_KEY));
  assertEquals([error.ambiguous, error.accepted.length, error.recoveredTaskIds], [true, 1_000, []]);
});

Deno.test("what a process was sending when it ended is in doubt, and never sent again", async () => {
  const left = memoryStore();
  const store = memoryStore();
  const first = setUp({ store });
  first.fetch.queue(SUBMIT, async () => {
    await copyCall(store, left);
    return receipt({ [F]: [id(1)] });
  });
  first.fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  await first.clock.runUntil(callFunction(first.client, CALL, { key: "k" }));
  const next = setUp({ store: left });
  for (let turn = 0; turn < 2; turn++) {
    const call = () => callFunction(next.client, CALL, { key: "k" });
    const error = await next.clock.runUntil(assertRejects(call, ComputeSubmissionError, FREE_KEY));
    assertEquals(error.ambiguous, true);
  }
  assertEquals(next.fetch.sent.length, 0);
});

Deno.test("what only waits for its turn is in no doubt: another process may submit it, and it is not sent then", async () => {
  const store = memoryStore();
  const { promise: itsTurn, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: waiting, resolve: wait } = Promise.withResolvers<void>();
  const limiter = {
    acquire: () => (wait(), itsTurn),
    pause: () => {},
  };
  const first = setUp({ store, limiter });
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
  const held = assertRejects(
    () => batchRun(first.client, batch, { key: "k" }),
    ComputeSubmissionError,
    "'k'",
  );
  await waiting;
  const next = setUp({ store });
  next.fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }));
  assertEquals((await next.clock.runUntil(batchRun(next.client, batch, { key: "k" }))).taskIds, [id(1)]);
  letGo();
  await held;
  assertEquals(first.fetch.sent.length, 0);
});

Deno.test("what was refused and waits to be sent again is in no doubt where its process ends", async () => {
  const store = memoryStore();
  const left = memoryStore();
  const kept = async () => JSON.parse(await store.get("call/k") ?? "{}").sending;
  const sending: unknown[] = [];
  const first = setUp({ store, maxAttempts: 3 });
  const { sleep } = first.clock;
  first.clock.sleep = async (ms, options) => {
    if (ms >= 5_000 && ms < 10_000) { // Between the attempts.
      sending.push(await kept());
      await copyCall(store, left);
    }
    return await sleep.call(first.clock, ms, options);
  };
  const busy = () => new Response(null, { status: 429, headers: { "retry-after": "5" } });
  first.fetch.queue(SUBMIT, async () => {
    sending.push(await kept());
    return busy();
  }, async () => {
    sending.push(await kept());
    return receipt({ [F]: [id(1)] });
  });
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
  await first.clock.runUntil(batchRun(first.client, batch, { key: "k" }));
  assertEquals(sending, [1, 0, 1]);
  const next = setUp({ store: left });
  next.fetch.queue(SUBMIT, receipt({ [F]: [id(2)] }));
  assertEquals((await next.clock.runUntil(batchRun(next.client, batch, { key: "k" }))).taskIds, [id(2)]);
});

/** A store that loses its answer to the first note of a refusal, which arrives at once or with `arrive()`. */
function losesAnswer(isLate: boolean) {
  const store = memoryStore();
  const { commit } = store;
  let arrive: (() => Promise<boolean>) | undefined;
  store.commit = async (changes) => {
    const isNote = changes.some(({ expected, value }) =>
      expected?.includes('"sending":1') && value?.includes('"sending":0')
    );
    if (arrive !== undefined || !isNote) return await commit(changes);
    arrive = () => commit(changes);
    if (!isLate) await arrive();
    throw new Error("the store's answer was lost");
  };
  return { store, isLost: () => arrive !== undefined, arrive: () => arrive?.() };
}

for (const isLate of [false, true]) {
  const arrives = isLate ? "late" : "at once";
  Deno.test(`a refusal whose note seemed to fail, but arrives ${arrives}, leaves the next attempt in doubt`, async () => {
    const { store, isLost, arrive } = losesAnswer(isLate);
    const left = memoryStore();
    const first = setUp({ store, maxAttempts: 3 });
    first.fetch.queue(
      SUBMIT,
      () => new Response(null, { status: 429, headers: { "retry-after": "1" } }),
      async () => {
        if (isLate) await arrive();
        await copyCall(store, left);
        return receipt({ [F]: [id(1)] });
      },
    );
    const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
    assertEquals((await first.clock.runUntil(batchRun(first.client, batch, { key: "k" }))).taskIds, [id(1)]);
    assertEquals(isLost(), true);
    const next = setUp({ store: left });
    const error = await next.clock.runUntil(
      assertRejects(
        () => batchRun(next.client, batch, { key: "k" }),
        ComputeSubmissionError,
        FREE_KEY,
      ),
    );
    assertEquals([error.ambiguous, next.fetch.sent.length], [true, 0]);
  });
}

Deno.test("a key is free again after a refusal whose note seemed to fail", async () => {
  const { store, isLost } = losesAnswer(false);
  const { client, fetch, clock } = setUp({ store });
  fetch.queue(SUBMIT, new Response(null, { status: 422 }));
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
  await clock.runUntil(assertRejects(() => batchRun(client, batch, { key: "k" })));
  assertEquals([isLost(), await store.get("call/k")], [true, undefined]);
});

Deno.test("a call that is given up while it is noted is not sent, and its key is free", async () => {
  const store = memoryStore();
  const { promise: written, resolve: write } = Promise.withResolvers<void>();
  const { promise: noting, resolve: note } = Promise.withResolvers<void>();
  const slow: Store = {
    ...store,
    commit: async (changes) => {
      note();
      await written;
      return await store.commit(changes);
    },
  };
  const { client, fetch } = setUp({ store: slow });
  const stop = new AbortController();
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
  const call = assertRejects(
    () => batchRun(client, batch, { key: "k", signal: stop.signal }),
    Error,
    "enough",
  );
  await noting;
  stop.abort(new Error("enough"));
  write();
  await call;
  assertEquals([fetch.sent.length, await store.get("call/k")], [0, undefined]);
});

for (const isMade of [true, false]) {
  const what = isMade ? "was made all the same" : "was not made";
  Deno.test(`what was not sent as its note failed is in no doubt, and its key is free, where the note ${what}`, async () => {
    const store = memoryStore();
    let failures = 0;
    const failing: Store = {
      ...store,
      async commit(changes) {
        if (failures++ > 0) return await store.commit(changes);
        if (isMade) await store.commit(changes);
        throw new Error("the store's answer was lost");
      },
    };
    const { client, fetch, clock } = setUp({ store: failing });
    const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
    const run = () => batchRun(client, batch, { key: "k" });
    await clock.runUntil(assertRejects(run, Error, "the store's answer was lost"));
    assertEquals([fetch.sent.length, await store.get("call/k")], [0, undefined]);
    fetch.queue(SUBMIT, receipt({ [F]: [id(1)] }));
    assertEquals((await clock.runUntil(run())).taskIds, [id(1)]);
  });
}

Deno.test("a call that another process has changed meanwhile is not changed, and not freed", async () => {
  const store = memoryStore();
  const { client, fetch, clock } = setUp({ store });
  fetch.queue(SUBMIT, async () => {
    await put(store, "call/k", "theirs");
    return new Response(null, { status: 422 });
  });
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] };
  const run = () => batchRun(client, batch, { key: "k" });
  await clock.runUntil(assertRejects(run, ComputeSubmissionError, "Another process is submitting"));
  assertEquals(await store.get("call/k"), "theirs");
});

Deno.test("a call that another process has changed between its requests sends no more, and has what was taken", async () => {
  const store = memoryStore();
  const { client, fetch, clock } = setUp({ store });
  fetch.queue(SUBMIT, async () => {
    await put(store, "call/k", "theirs");
    return receipt({ [F]: [id(1)] });
  });
  const batch = { endpointId: ENDPOINT_ID, tasks: [1, 2].map((x) => ({ functionId: F, args: [x] })) };
  const run = () => batchRun(client, batch, { key: "k", maxTasksPerRequest: 1 });
  const error = await clock.runUntil(
    assertRejects(run, ComputeSubmissionError, "Another process is submitting"),
  );
  assertEquals([error.ambiguous, error.accepted], [true, [{ index: 0, taskId: id(1) }]]);
  assertEquals([fetch.sent.length, await store.get("call/k")], [1, "theirs"]);
});

Deno.test("any text is a key, and no two are the same one", async () => {
  const { client, fetch, clock } = setUp();
  const keys = ["two words", "näch/tlich", "x".repeat(10_000), "x".repeat(10_001), "\ud800", "\ud801", "#"];
  const run = (key: string) =>
    batchRun(client, { endpointId: ENDPOINT_ID, tasks: [{ functionId: F }] }, { key });
  for (let round = 0; round < 2; round++) {
    for (const [i, key] of keys.entries()) {
      if (round === 0) fetch.queue(SUBMIT, receipt({ [F]: [id(i)] }));
      assertEquals((await clock.runUntil(run(key))).taskIds, [id(i)]);
    }
  }
  assertEquals(fetch.bodies(SUBMIT).length, keys.length);
});

Deno.test("a process that ended between two submissions is followed by one that sends the rest alone", async () => {
  const left = memoryStore();
  const store = memoryStore();
  const items = Array.from({ length: 1_001 }, (_, i) => i);
  const taskIds = ids(1_001);
  const results = Object.fromEntries(taskIds.map((taskId, i) => [taskId, success(i)]));
  const { commit } = store;
  store.commit = async (changes) => {
    const isMade = await commit(changes);
    for (const { key, value } of changes) {
      const call = key === "call/k" && value ? JSON.parse(value) : undefined;
      if (call?.taskIds.length === 1_000 && call.sending === 0) await put(left, key, value as string);
    }
    return isMade;
  };
  const first = setUp({ store });
  first.fetch.queue(
    SUBMIT,
    receipt({ [F]: taskIds.slice(0, 1_000) }),
    receipt({ [F]: taskIds.slice(1_000) }),
  );
  first.fetch.always(BATCH_STATUS, statusOf(results));
  await first.clock.runUntil(mapFunction(first.client, { ...CALL, items }, { key: "k" }));
  const next = setUp({ store: left });
  next.fetch.queue(SUBMIT, receipt({ [F]: taskIds.slice(1_000) })).always(BATCH_STATUS, statusOf(results));
  assertEquals(await next.clock.runUntil(mapFunction(next.client, { ...CALL, items }, { key: "k" })), items);
  const [body] = next.fetch.bodies(SUBMIT) as [{ task_group_id: string; tasks: Record<string, string[]> }];
  assertEquals([body.task_group_id, body.tasks[F]?.length], [GROUP_ID, 1]);
});

Deno.test("a key takes as many tasks as a store keeps the ids of, and no more", async () => {
  const store = memoryStore();
  const { client, clock, fetch } = setUp({ store });
  const payload = "7\n11\n[21]5\n11\n{}";
  const tasks = Array.from({ length: 100_001 }, () => ({ functionId: F, payload }));
  const error = await assertRejects(
    () => clock.runUntil(batchRun(client, { endpointId: ENDPOINT_ID, tasks }, { key: "k" })),
    RangeError,
  );
  assertStringIncludes(error.message, "100001 tasks under one key: at most 100000");
  assertEquals([fetch.sent.length, await store.list("")], [0, []]);
  const every = ids(100_000);
  const fresh = { fingerprint: "f", endpointId: ENDPOINT_ID, taskIds: [], requestIds: [], sending: 0 };
  const entry = await openEntry(contextOf(client), "k", fresh);
  await entry.write({ taskIds: every, requestIds: every, taskGroupId: GROUP_ID, sending: 1 });
  await entry.write({ sending: 0 });
  assertEquals((await openEntry(contextOf(client), "k", fresh)).call.taskIds.length, 100_000);
});

Deno.test("a key is free again after a refusal", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, new Response(null, { status: 422 }), receipt({ [F]: [id(1)] }));
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  await clock.runUntil(assertRejects(() => callFunction(client, CALL, { key: "k" })));
  assertEquals(await clock.runUntil(callFunction(client, { ...CALL, args: [2] }, { key: "k" })), 1);
});

Deno.test("two calls with one key at the same time are one submission, and both hear of the ids", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue(SUBMIT, receipt({ [F]: [id(1)] })).always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  const told: string[][] = [];
  const onSubmitted = ({ taskIds }: BatchReceipt) => void told.push(taskIds);
  const calls = [1, 2].map(() => callFunction(client, CALL, { key: "k", onSubmitted }));
  assertEquals(await clock.runUntil(Promise.all(calls)), [1, 1]);
  assertEquals(told, [[id(1)], [id(1)]]);
  assertEquals(fetch.bodies(SUBMIT).length, 1);
});
