/**
 * A message is sent with one id until the receiver takes it, at the times that the receiver asks for, and at
 * last given up.
 */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";
import type { MessageEvent } from "../../../edge/event.ts";
import { memoryStore } from "../../../mod.ts";
import { settle } from "../../support/manual_clock.ts";
import {
  assertSigned,
  type Collecting,
  type Order,
  RECEIVER,
  SECRET,
  setUpWorld,
} from "../collect/collect_helpers.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;

const answer = (status: number, headers: HeadersInit = {}) => new Response(null, { status, headers });

function messages({ edge }: Collecting): MessageEvent[] {
  return edge.events.filter((event): event is MessageEvent => event.kind.startsWith("message"));
}

/** Runs a batch of one task whose message meets these answers, and tells after how long each was asked for. */
async function attempts(
  answers: (attempt: number) => Response | Promise<Response>,
  forMs = WEEK_MS,
): Promise<{ gapsMs: number[]; process: Collecting; ids: Set<string> }> {
  await using world = await setUpWorld();
  const sentMs: number[] = [];
  const process = world.process({
    receiver: (message) => {
      assertSigned(message);
      assertEquals(Number(message.headers.get("webhook-timestamp")), Math.floor(world.clock.nowMs() / 1000));
      sentMs.push(world.clock.nowMs());
      return answers(sentMs.length);
    },
  });
  await process.start([{ give: 1 }]);
  const report = await process.run({ forMs });
  if (forMs === WEEK_MS) assertEquals([report.nextAtMs, await process.waiting()], [undefined, []]);
  const ids = new Set(process.received.map(({ id }) => id));
  return { gapsMs: sentMs.slice(1).map((atMs, index) => atMs - (sentMs[index] as number)), process, ids };
}

const SCHEDULE_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
];

Deno.test("a message that nobody takes is sent ten times within days, with one id, and then given up", async () => {
  for (const status of [500, 400, 404, 401, 200 - 1 + 103, 307, 501]) {
    const { gapsMs, process, ids } = await attempts(() =>
      answer(status, { location: "https://elsewhere.example/" })
    );
    assertEquals(gapsMs, SCHEDULE_MS, `${status}`);
    assertEquals(ids.size, 1);
    const kinds = messages(process).map(({ kind, attempts: count, status: told }) => [kind, count, told]);
    assertEquals(kinds.slice(0, 9), SCHEDULE_MS.map((_, index) => ["messagePostponed", index + 1, status]));
    assertEquals(kinds.slice(9), [["messageDropped", 10, status]]);
  }
});

Deno.test("a message is sent until it is taken", async () => {
  const { gapsMs, process } = await attempts((attempt) => answer(attempt < 4 ? 503 : 202));
  assertEquals(gapsMs, SCHEDULE_MS.slice(0, 3));
  assertEquals(messages(process).map(({ kind }) => kind), [
    "messagePostponed",
    "messagePostponed",
    "messagePostponed",
    "messageDelivered",
  ]);
});

Deno.test("a receiver that asks for time is given it, in both forms of Retry-After", async (t) => {
  const date = new Date("2026-01-01T00:00:00Z");
  const cases: [name: string, status: number, headers: Record<string, string>, gapMs: number][] = [
    ["seconds", 429, { "retry-after": "120" }, 120 * SECOND_MS],
    ["seconds, of a service that is away", 503, { "retry-after": "90" }, 90 * SECOND_MS],
    ["a gateway", 502, { "retry-after": "90" }, 90 * SECOND_MS],
    ["a gateway that has waited", 504, { "retry-after": "90" }, 90 * SECOND_MS],
    ["a date, held against the answer's own", 429, {
      "retry-after": new Date(date.getTime() + 10 * MINUTE_MS).toUTCString(),
      date: date.toUTCString(),
    }, 10 * MINUTE_MS],
    ["less than the schedule", 429, { "retry-after": "1" }, 5 * SECOND_MS],
    ["more than a day", 429, { "retry-after": String(1_000_000) }, 24 * HOUR_MS],
    ["no time at all", 429, { "retry-after": "soon" }, 5 * SECOND_MS],
    ["a negative number", 429, { "retry-after": "-5" }, 5 * SECOND_MS],
    ["a status that does not say it", 500, { "retry-after": "120" }, 5 * SECOND_MS],
  ];
  for (const [name, status, headers, gapMs] of cases) {
    await t.step(name, async () => {
      const { gapsMs } = await attempts((attempt) => attempt === 1 ? answer(status, headers) : answer(204));
      assertEquals(gapsMs, [gapMs]);
    });
  }
});

Deno.test("a receiver is left alone for as long as it asks for, whatever there is to send", async () => {
  await using world = await setUpWorld();
  const sentMs: number[] = [];
  const process = world.process({
    receiver: () => {
      sentMs.push(world.clock.nowMs());
      return sentMs.length === 1 ? answer(503, { "retry-after": "600" }) : answer(204);
    },
  });
  await process.start([{ give: 1 }]);
  await process.run({ forMs: MINUTE_MS });
  await process.start([{ give: 2 }]);
  await process.run();
  assertEquals(sentMs.length, 3);
  assert(sentMs.slice(1).every((atMs) => atMs - (sentMs[0] as number) === 10 * MINUTE_MS), `${sentMs}`);
});

Deno.test("a receiver that answers 410 is sent nothing more", async () => {
  await using world = await setUpWorld();
  const process = world.process({ receiver: () => answer(410) });
  const large: Order[] = [{ characters: 15_000 }, { characters: 15_000 }];
  const ids = [await process.start(large)];
  await process.run();
  ids.push(await process.start([{ give: 1 }]));
  const report = await process.run();
  assertEquals([report.nextAtMs, process.received.length], [undefined, 1]);
  const dropped = messages(process).map(({ kind, messageId, status }) => [kind, messageId, status]);
  assertEquals(dropped.map(([kind]) => kind), ["messageDropped", "messageDropped", "messageDropped"]);
  assertEquals(
    new Set(dropped.map(([, messageId]) => messageId)),
    new Set([`msg_${ids[0]}_1`, `msg_${ids[0]}_2`, `msg_${ids[1]}_1`]),
  );
  await process.start([{ give: 2 }]);
  await process.run();
  assertEquals(process.received.length, 1);
});

Deno.test("a receiver that does not answer within 20 seconds is tried again", async () => {
  await using world = await setUpWorld();
  let ended: AbortSignal | undefined;
  const process = world.process({
    receiver: ({ signal }) => {
      ended = signal;
      return process.received.length === 1 ? new Promise<never>(() => {}) : answer(204);
    },
  });
  await process.start([{ give: 1 }]);
  await world.clock.advance(SECOND_MS);
  const startedMs = world.clock.nowMs();
  const collecting = process.collect();
  while (process.received.length === 0) await settle();
  await world.clock.advance(19_999);
  assertEquals(ended?.aborted, false);
  await world.clock.advance(1);
  const { nextAtMs } = await collecting;
  assertEquals([ended?.aborted, nextAtMs], [true, startedMs + 25_000]);
  await process.run();
  assertEquals(messages(process).map(({ kind, cause }) => [kind, cause]), [
    ["messagePostponed", "there was no answer within 20 s"],
    ["messageDelivered", undefined],
  ]);
});

Deno.test("a message that is cut short, as its process is to end, counts as not sent", async () => {
  await using world = await setUpWorld();
  const commitStatus = { token: "t", commit: () => ({ repository: "a/b", sha: "a".repeat(40) }) };
  let isSilent = true;
  const process = world.process({
    hook: { commitStatus },
    receiver: () => isSilent ? new Promise<never>(() => {}) : answer(201),
  });
  await process.start([{ give: 1 }]);
  await world.clock.advance(SECOND_MS);
  const end = new AbortController();
  const collecting = process.edge.handler.collect({ signal: end.signal });
  while (process.received.length < 2) await settle();
  end.abort();
  assertEquals((await collecting).nextAtMs, world.clock.nowMs());
  assertEquals(messages(process), []);
  isSilent = false;
  await process.run();
  assertEquals(messages(process).map(({ kind, attempts }) => [kind, attempts]), [
    ["messageDelivered", 1],
    ["messageDelivered", 1],
  ]);
});

Deno.test("the address of a receiver is named nowhere", async () => {
  const secretParts = ["receiver.example", "secret-path", "whsec_", SECRET.slice(6)];
  const failures: (() => Response)[] = [
    () => answer(500),
    () => answer(308, { location: RECEIVER }),
    () => {
      throw new TypeError(`error sending request for url (${RECEIVER})`);
    },
  ];
  const entries: string[] = [];
  for (const failure of failures) {
    await using world = await setUpWorld();
    const store = memoryStore({ clock: world.clock });
    const process = world.process({ store, receiver: failure });
    await process.start([{ give: 1 }]);
    await process.run({ forMs: WEEK_MS });
    entries.push(JSON.stringify(process.edge.events));
    for await (const key of listAll(store, "edge/")) entries.push(key, await store.get(key) ?? "");
    assertEquals(messages(process).length, 10);
  }
  for (const part of secretParts) assert(!entries.join("\n").includes(part), part);
});

Deno.test("a receiver at an address that is not public gets nothing", async (t) => {
  await t.step("an address that is written so: it is given up", async () => {
    await using world = await setUpWorld();
    for (const url of ["https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://localhost/"]) {
      const process = world.process({ hook: { deliver: { url, secret: SECRET } } });
      await process.start([{ give: 1 }]);
      await process.run();
      assertEquals(process.received, []);
      assertEquals(messages(process).map(({ kind, cause, attempts }) => [kind, cause, attempts]), [
        ["messageDropped", "the address is not public", 0],
      ]);
    }
  });
  await t.step("a name that leads there: it is tried again, as that may change", async () => {
    await using world = await setUpWorld();
    let addresses = ["93.184.216.34", "10.0.0.1"];
    const asked: string[] = [];
    const process = world.process({
      options: {
        resolveAddresses: (hostname) => {
          asked.push(hostname);
          return Promise.resolve(addresses);
        },
      },
    });
    await process.start([{ give: 1 }]);
    await process.run({ forMs: 10 * SECOND_MS });
    assertEquals(process.received, []);
    addresses = ["93.184.216.34"];
    await process.run();
    assertEquals(process.received.length, 1);
    assertEquals(new Set(asked), new Set(["receiver.example"]));
    assertEquals(messages(process).map(({ kind }) => kind), [
      "messagePostponed",
      "messagePostponed",
      "messageDelivered",
    ]);
  });
});

Deno.test("a message is signed with each secret, so that they can be rotated", async () => {
  await using world = await setUpWorld();
  const old = `whsec_${btoa("an old secret of 24 bytes, or more")}`;
  const process = world.process({ hook: { deliver: { url: RECEIVER, secret: [SECRET, old] } } });
  await process.start([{ give: "Größe 📏" }]);
  await process.run();
  const [message] = process.received;
  assert(message !== undefined);
  for (const secret of [SECRET, old]) assertSigned(message, secret);
  const [first, second, ...more] = message.headers.get("webhook-signature")?.split(" ") ?? [];
  assertEquals(more, []);
  assertNotEquals(first, second);
  const sentAt = new Date(Number(message.headers.get("webhook-timestamp")) * 1000);
  assertEquals(new Webhook(SECRET).sign(message.id, sentAt, message.text), first);
});

Deno.test("a receiver that wants a link gets one message with one", async () => {
  await using world = await setUpWorld();
  const process = world.process({ hook: { deliver: { url: RECEIVER, secret: SECRET, content: "link" } } });
  const batchId = await process.start([{ characters: 30_000 }, { give: 1 }, { raise: "no" }]);
  await process.run();
  assertEquals(process.received.map(({ id }) => id), [`msg_${batchId}_1`]);
  const { link, tasks, page, pages, counts } = process.received[0]?.body.data;
  assertEquals({ tasks, page, pages }, { tasks: [], page: 1, pages: 1 });
  assertEquals(counts, { pending: 0, success: 2, failed: 1, lost: 0 });
  assertEquals((await process.edge.handler(new Request(link))).status, 200);
});

Deno.test("results are divided into messages of less than 20,000 bytes, in their order", async () => {
  await using world = await setUpWorld();
  const process = world.process();
  const sizes = [100, 19_000, 15_000, 4_000, 30_000, 200, 18_000, 18_500, 1_000_000, 7, 9_000, 9_000, 9_000];
  const orders: Order[] = [
    ...sizes.map((characters) => ({ characters })),
    { give: "é".repeat(9_000) },
    { give: "\u0000".repeat(4_000) },
    { raise: "x".repeat(50_000) },
    { bytes: 20_000 },
  ];
  const batchId = await process.start(orders);
  await process.run();
  const { received } = process;
  assertEquals(received.map(({ id }) => id), received.map((_, index) => `msg_${batchId}_${index + 1}`));
  const bytes = received.map(({ text }) => new TextEncoder().encode(text).length);
  assert(bytes.every((length) => length < 20_000), `${bytes}`);
  // No two messages that follow one another would have had room in one.
  assert(bytes.slice(1).every((length, index) => length + (bytes[index] as number) > 18_000), `${bytes}`);
  const tasks = received.flatMap(({ body }) => body.data.tasks);
  assertEquals(tasks.map(({ index }) => index), orders.map((_, index) => index));
  assert(received.every(({ body }) => body.data.pages === received.length));
  for (const [index, task] of tasks.entries()) {
    const size = sizes[index];
    if (task.link === undefined && size !== undefined) assertEquals(task.result.length, size);
  }
  const linked = tasks.filter(({ link }) => link !== undefined);
  assertEquals(linked.map(({ index }) => sizes[index] ?? index), [19_000, 30_000, 1_000_000, 14, 15, 16]);
  assert(
    linked.every(({ link, result }) => link.startsWith("https://hooks.example.org/") && result === undefined),
  );
  const failed = tasks[15];
  assertEquals([failed.error.type, failed.error.message.length, failed.error.traceback], [
    "ValueError",
    501,
    undefined,
  ]);
});

Deno.test("a message that is not taken for its own sake holds up no other, and few others are begun", async () => {
  await using world = await setUpWorld();
  const process = world.process({ receiver: ({ body }) => answer(body.data.page === 2 ? 400 : 204) });
  await process.start(Array.from({ length: 5 }, () => ({ characters: 15_000 })));
  await process.run({ forMs: SECOND_MS });
  assertEquals(process.received.map(({ body }) => body.data.page), [1, 2, 3, 4, 5]);
  await process.run({ forMs: WEEK_MS });
  assertEquals(process.received.length, 14);
  assertEquals(messages(process).filter(({ kind }) => kind === "messageDropped").length, 1);
});

Deno.test("a receiver that takes nothing of a batch for days is not sent all of it", async () => {
  await using world = await setUpWorld();
  const process = world.process({ receiver: () => answer(400) });
  await process.start(Array.from({ length: 20 }, () => ({ characters: 15_000 })));
  await process.run({ forMs: HOUR_MS });
  assertEquals(new Set(process.received.map(({ id }) => id)).size, 8);
  assertEquals(messages(process).filter(({ kind }) => kind === "messageDropped"), []);
  const report = await process.run({ forMs: WEEK_MS });
  assertEquals([await process.waiting(), report.nextAtMs], [[], undefined]);
  assertEquals(messages(process).filter(({ kind }) => kind === "messageDropped").length, 20);
});

Deno.test("a receiver that is away is tried once a call, and holds up no other", async () => {
  await using world = await setUpWorld();
  const other = "https://other.example/";
  const store = memoryStore({ clock: world.clock });
  const tried: string[] = [];
  const receiver = ({ url }: { url: string }) => {
    tried.push(new URL(url).hostname);
    return answer(url.startsWith(other) ? 204 : 503);
  };
  const process = world.process({ store, receiver });
  const healthy = world.process({ store, receiver, hook: { deliver: { url: other, secret: SECRET } } });
  for (let count = 0; count < 20; count++) await process.start([{ give: count }]);
  await world.clock.advance(SECOND_MS);
  await process.collect();
  assertEquals(tried, ["receiver.example"]);
  await healthy.start([{ give: 1 }]);
  await healthy.run({ forMs: 2 * SECOND_MS });
  assert(tried.includes("other.example"));
});

Deno.test("a message does not wait for as long as an older one, for the same receiver, has to", async () => {
  await using world = await setUpWorld();
  const process = world.process({ receiver: () => answer(500) });
  const first = await process.start([{ give: 1 }]);
  const { nextAtMs = 0 } = await process.run({ forMs: 3 * HOUR_MS });
  await world.clock.advance(nextAtMs - 500 - world.clock.nowMs());
  await process.start([{ give: 2 }]);
  await world.clock.advance(SECOND_MS);
  const sent = process.received.length;
  const report = await process.collect();
  // The older one is tried, and it is hours until the next time; the other one has not been tried.
  assertEquals(process.received.slice(sent).map(({ body }) => body.data.batchId), [first]);
  assertEquals(report.nextAtMs, world.clock.nowMs() + 5 * MINUTE_MS);
});

Deno.test("results that wait for a hook that is gone are given up", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const before = world.process({ store, receiver: () => answer(503) });
  await before.start([{ give: 1 }]);
  await before.run({ forMs: SECOND_MS });
  const after = world.process({ store, isDelivering: false });
  const report = await after.run();
  assertEquals([report.nextAtMs, await after.waiting(), after.received], [undefined, [], []]);
  assertEquals(messages(after).map(({ kind, cause }) => [kind, cause]), [
    ["messageDropped", "the hook has no receiver any more"],
  ]);
});
