/** The commit on GitHub gets the state of its batch, and GitHub is left alone when it asks for that. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { MessageEvent } from "../../../edge/event.ts";
import type { CommitStatusTarget } from "../../../edge/hook.ts";
import { batchKey } from "../../../edge/records/keys.ts";
import { listAll, put } from "../../../src/store/writes.ts";
import { decide } from "../../../edge/submit/decide.ts";
import { noteSubmitted } from "../../../edge/submit/steps.ts";
import { memoryStore } from "../../../mod.ts";
import {
  type Collecting,
  type Order,
  type Received,
  type Receiver,
  setUpWorld,
  type World,
} from "../collect/collect_helpers.ts";

const SHA = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const HOUR_MS = 3_600_000;
const TOKEN = "ghs_secret";
const answer = (status: number, headers: HeadersInit = {}) => new Response(null, { status, headers });

function begin(
  world: World,
  receiver: Receiver = () => answer(201),
  target: Partial<CommitStatusTarget> = {},
  setUp: Parameters<World["process"]>[0] = {},
): Collecting {
  const commit = () => ({ repository: "octo-org/octo-repo", sha: SHA });
  return world.process({
    isDelivering: false,
    receiver,
    ...setUp,
    hook: { commitStatus: { token: TOKEN, commit, ...target }, ...setUp.hook },
  });
}

function statuses({ received }: Pick<Collecting, "received">): string[] {
  return received.map(({ body }) => body.state);
}

function messages({ edge }: Collecting): MessageEvent[] {
  return edge.events.filter((event): event is MessageEvent => event.kind.startsWith("message"));
}

Deno.test("a commit is told that its batch runs, and what came of it", async (t) => {
  const cases: [orders: Order[], state: string, description: string][] = [
    [[{ give: 1 }], "success", "1 of 1 task succeeded"],
    [[{ give: 1 }, { raise: "no" }, { raise: "no" }], "failure", "1 of 3 tasks succeeded, 2 failed"],
  ];
  for (const [orders, state, description] of cases) {
    await t.step(state, async () => {
      await using world = await setUpWorld();
      const process = begin(world);
      world.local.setFaults({ offline: true });
      await process.start(orders);
      await process.run({ forMs: 10_000 });
      const [pending] = process.received as [Received];
      assertEquals(statuses(process), ["pending"]);
      assertEquals(pending.url, `https://api.github.com/repos/octo-org/octo-repo/statuses/${SHA}`);
      assertEquals(pending.headers.get("authorization"), `Bearer ${TOKEN}`);
      assertEquals(pending.headers.get("accept"), "application/vnd.github+json");
      assertEquals(pending.headers.get("user-agent"), "edge-compute-globus");
      assertEquals(Object.keys(pending.body), ["state", "target_url", "description", "context"]);
      assertEquals(pending.body.context, "globus-compute/push");
      assertEquals((await process.edge.handler(new Request(pending.body.target_url))).status, 200);

      world.local.setFaults({});
      const report = await process.run();
      assertEquals(statuses(process), ["pending", state]);
      assertEquals(process.received[1]?.body.description, description);
      assertEquals([report.nextAtMs, await process.waiting()], [undefined, []]);
      assertEquals(messages(process).map(({ kind }) => kind), ["messageDelivered", "messageDelivered"]);
    });
  }
});

/** A process that was held up notes late that the service has taken the batch. */
async function sayLate({ edge, record }: Collecting, batchId: string): Promise<void> {
  const value = await record(batchId);
  const before = edge.events.length;
  await noteSubmitted(edge.context, batchId, {
    startCount: 0,
    taken: edge.local.runs.map(({ taskId }) => taskId),
    taskGroupId: value.taskGroupId,
    attemptIds: [crypto.randomUUID()],
    attempts: 1,
    seen: { value, text: JSON.stringify(value) },
  });
  assertEquals([await record(batchId), edge.events.length], [value, before]);
}

Deno.test("a commit is told the end alone where the beginning was not told in time", async () => {
  await using world = await setUpWorld();
  const process = begin(world);
  const batchId = await process.start([{ give: 1 }]);
  await world.clock.advance(1_000);
  await process.run();
  assertEquals(statuses(process), ["success"]);
  // A process that was held up says late that the batch has begun.
  await sayLate(process, batchId);
  const report = await process.run();
  assertEquals([statuses(process), report.nextAtMs, await process.waiting()], [["success"], undefined, []]);
});

Deno.test("the end that a commit is to be told is not replaced by a beginning that comes late", async () => {
  await using world = await setUpWorld();
  let isWell = false;
  const process = begin(world, () => answer(isWell ? 201 : 500));
  const batchId = await process.start([{ give: 1 }]);
  await world.clock.advance(1_000);
  await process.run({ forMs: 1_000 });
  await sayLate(process, batchId);
  isWell = true;
  await process.run();
  assertEquals(statuses(process), ["success", "success"]);
});

Deno.test("a commit is told of the end of a batch that never ran", async () => {
  await using world = await setUpWorld();
  for (const state of ["refused", "abandoned"] as const) {
    const process = begin(world, undefined, {}, {
      hook: { answer: "accepted" },
      service: (request, send) =>
        request.url.endsWith("/submit")
          ? Promise.resolve(new Response(null, { status: state === "refused" ? 422 : 401 }))
          : send(request),
    });
    const batchId = await process.start([{ give: 1 }, { give: 2 }]);
    await process.edge.idle();
    if (state === "abandoned") {
      // Nobody knows of it: an operator gives it up.
      const { submission: { attempts }, ...record } = await process.record(batchId);
      const doubt = { attemptId: "", start: 0, count: 2, message: "", sinceMs: 0, recoveredTaskIds: [] };
      const doubtful = { ...record, state: "inDoubt", submission: { attempts }, doubt };
      await put(process.edge.store, batchKey(batchId), JSON.stringify(doubtful));
      assertEquals((await decide(process.edge.context, batchId, "abandon")).state, "decided");
    }
    assertEquals((await process.record(batchId)).state, state);
    await process.run();
    assertEquals(process.received.map(({ body }) => [body.state, body.description]), [[
      "error",
      state === "refused" ? "Globus Compute did not take 2 tasks" : "2 tasks given up by an operator",
    ]]);
  }
});

Deno.test("GitHub's answers: what will not be another way is given up, all else is tried again", async (t) => {
  for (const status of [401, 404, 410, 422]) {
    await t.step(`${status}`, async () => {
      await using world = await setUpWorld();
      const process = begin(world, () => answer(status));
      await process.start([{ give: 1 }]);
      await world.clock.advance(1_000);
      const report = await process.run();
      assertEquals([report.nextAtMs, process.received.length], [undefined, 1]);
      assertEquals(messages(process).map(({ kind, cause, status: told }) => [kind, cause, told]), [
        ["messageDropped", `GitHub answered ${status}`, status],
      ]);
    });
  }
  const again: [status: number, headers: (nowMs: number) => HeadersInit, gapMs: number][] = [
    [500, () => ({}), 5_000],
    [403, () => ({}), 5_000],
    [403, () => ({ "retry-after": "60" }), 60_000],
    [429, () => ({ "retry-after": "60" }), 60_000],
    [
      403,
      (nowMs) => ({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(nowMs / 1000 + 1_800) }),
      1_800_000,
    ],
    [301, () => ({ location: "https://elsewhere.example" }), 5_000],
  ];
  for (const [status, headers, gapMs] of again) {
    await t.step(`${status}, and again after ${gapMs / 1000} s`, async () => {
      await using world = await setUpWorld();
      const sentMs: number[] = [];
      const process = begin(world, () => {
        sentMs.push(world.clock.nowMs());
        return answer(
          sentMs.length === 1 ? status : 201,
          sentMs.length === 1 ? headers(world.clock.nowMs()) : {},
        );
      });
      await process.start([{ give: 1 }]);
      await world.clock.advance(1_000);
      await process.run();
      assertEquals(sentMs.length, 2);
      assertEquals((sentMs[1] as number) - (sentMs[0] as number), gapMs);
    });
  }
});

Deno.test("GitHub is left alone for as long as it asks for, whatever there is to tell", async () => {
  await using world = await setUpWorld();
  const sentMs: number[] = [];
  const process = begin(world, () => {
    sentMs.push(world.clock.nowMs());
    return sentMs.length === 1 ? answer(429, { "retry-after": "600" }) : answer(201);
  });
  await process.start([{ give: 1 }]);
  await process.run({ forMs: 60_000 });
  await process.start([{ give: 2 }]);
  await process.run();
  assertEquals(statuses(process), ["pending", "success", "success"]);
  assert(sentMs.slice(1).every((atMs) => atMs - (sentMs[0] as number) === 600_000), `${sentMs}`);
});

Deno.test("a token is asked for each time, and is named nowhere", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const tokens: (() => string | Promise<string>)[] = [
    () => Promise.reject(new Error(`no ${TOKEN}`)),
    () => "line\nfeed",
    () => TOKEN,
    () => `${TOKEN}-2`,
  ];
  let isWell = false;
  const process = begin(
    world,
    () => {
      if (isWell) return answer(201);
      isWell = true;
      throw new TypeError(`failed: ${TOKEN}`);
    },
    { token: ({ signal }) => (assert(!signal.aborted), (tokens.shift() as () => string)()) },
    { store },
  );
  await process.start([{ give: 1 }]);
  await world.clock.advance(1_000);
  await process.run({ forMs: 24 * HOUR_MS });
  assertEquals(process.received.map(({ headers }) => headers.get("authorization")), [
    `Bearer ${TOKEN}`,
    `Bearer ${TOKEN}-2`,
  ]);
  assertEquals(messages(process).map(({ cause }) => cause), [
    "there was no token for GitHub",
    "there was no token for GitHub",
    "there was no connection",
    undefined,
  ]);
  const kept: string[] = [JSON.stringify(process.edge.events)];
  for await (const key of listAll(store, "edge/")) kept.push(await store.get(key) ?? "");
  assert(!kept.join("\n").includes(TOKEN));
});

Deno.test("GitHub's API may be one's own, and the status has the name that a hook gives it", async () => {
  await using world = await setUpWorld();
  const process = begin(world, undefined, { apiUrl: "https://github.example.org/api/v3/", context: "co2" });
  await process.start([{ give: 1 }]);
  await process.run();
  const [status] = process.received as [Received];
  assertEquals(status.url, `https://github.example.org/api/v3/repos/octo-org/octo-repo/statuses/${SHA}`);
  assertEquals(status.body.context, "co2");
});

Deno.test("a batch without a commit, and a hook without a target, tell nobody", async () => {
  await using world = await setUpWorld();
  for (
    const process of [
      begin(world, undefined, { commit: () => undefined }),
      world.process({ isDelivering: false }),
    ]
  ) {
    await process.start([{ give: 1 }]);
    const report = await process.run();
    assertEquals([report.nextAtMs, process.received.length, messages(process).length], [undefined, 0, 0]);
  }
});

Deno.test("a commit status that cannot be sent is refused when the handler is made, and no token is named", async () => {
  await using world = await setUpWorld();
  const wrong: [target: Partial<Record<keyof CommitStatusTarget, unknown>>, name: string][] = [
    [{ token: "" }, "'hooks.push.commitStatus.token'"],
    [{ token: undefined }, "'hooks.push.commitStatus.token'"],
    [{ commit: "head" }, "'hooks.push.commitStatus.commit'"],
    [{ apiUrl: "http://github.example.org" }, "'hooks.push.commitStatus.apiUrl'"],
    [{ apiUrl: "https://user:password@github.example.org" }, "'hooks.push.commitStatus.apiUrl'"],
    [{ apiUrl: "github.example.org" }, "'hooks.push.commitStatus.apiUrl'"],
  ];
  for (const [target, name] of wrong) {
    const { message } = assertThrows(
      () => begin(world, undefined, target as CommitStatusTarget),
      TypeError,
      name,
    );
    assert(!message.includes(TOKEN) && !message.includes("password"), message);
  }
  begin(world, undefined, { apiUrl: "http://127.0.0.1:3000" });
});
