/** The events of a batch tell each change once, go on where a client was, and give their room back. */
import { remove } from "../../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { decodeBits, encodeBits } from "../../../edge/watch/task_bits.ts";
import { success } from "../../support/task_helpers.ts";
import { settle } from "../../support/manual_clock.ts";
import { untilSettled } from "../../support/until.ts";
import { BATCH_ID, failure, seedBatch, setUpWatch, type WatchWorld } from "./watch_helpers.ts";

interface Seen {
  event: string;
  id: string;
  data: { state: string; counts: Record<string, number>; tasks: { index: number; state: string }[] };
}

/** A stream of events that is read as far as it has come. */
interface Watching {
  response: Response;
  /** What has come since the last time, when the handler sleeps again for so many streams. */
  next(sleepers?: number): Promise<string>;
  /** The events of what has come since the last time. */
  events(sleepers?: number): Promise<Seen[]>;
  isOver(): boolean;
  leave(): Promise<void>;
}

async function watch({ getByLink, clock }: WatchWorld, query = "", lastEventId?: string): Promise<Watching> {
  const headers: HeadersInit = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await getByLink(`/events${query}`, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let isOver = false;
  (async () => {
    for (;;) {
      const { done, value } = await reader!.read();
      if (done) break;
      text += value;
    }
    isOver = true;
  })();
  const next = async (sleepers = 1) => {
    // A digest takes a time of its own.
    await untilSettled(`${sleepers} sleepers, or the end`, () => isOver || clock.sleeping >= sleepers);
    await settle();
    const come = text;
    text = "";
    return come;
  };
  return {
    response,
    next,
    isOver: () => isOver,
    events: async (sleepers) => parse(await next(sleepers)),
    leave: async () => await reader!.cancel(),
  };
}

function parse(text: string): Seen[] {
  return text.split("\n\n").filter((block) => block.startsWith("event:")).map((block) => {
    const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
    return { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
  });
}

Deno.test("events tell what has changed, and that it is over", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1), undefined, undefined]);
  const watching = await watch(world);
  assertEquals(watching.response.headers.get("content-type"), "text/event-stream");
  const first = await watching.next();
  assert(first.startsWith("retry: 2000\n\n"), first);
  const [begin] = parse(first);
  assertEquals(begin?.data.counts, { pending: 2, success: 1, failed: 0, lost: 0 });
  assertEquals(begin?.data.tasks.map(({ index, state }) => [index, state]), [
    [0, "success"],
    [1, "pending"],
    [2, "pending"],
  ]);

  await world.clock.advance(1_000);
  assertEquals(await watching.next(), "", "nothing is new");
  await seedBatch(world, [success(1), failure(), undefined]);
  await world.clock.advance(1_000);
  const [news, ...rest] = await watching.events();
  assertEquals([news?.event, rest], ["progress", []]);
  assertEquals(news?.data.tasks.map(({ index, state }) => [index, state]), [[1, "failed"]]);
  assertEquals(news?.data.counts.failed, 1);

  await seedBatch(world, [success(1), failure(), success(3)]);
  await world.clock.advance(1_000);
  const [last, done] = await watching.events();
  assertEquals([last?.event, last?.data.state, last?.data.tasks.length], ["progress", "done", 1]);
  assertEquals([done?.event, done?.id, done?.data.counts.success], ["done", "done", 2]);
  assert(watching.isOver());
  assertEquals(world.clock.sleeping, 0);
});

Deno.test("events go on from where a client has been", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1), undefined, undefined]);
  const before = await watch(world);
  const [seen] = await before.events();
  await before.leave();

  const same = await watch(world, "", seen?.id);
  assertEquals(await same.events(), [], "it has seen that");
  await same.leave();

  await seedBatch(world, [success(1), success(2), undefined]);
  const after = await watch(world, "", seen?.id);
  const [news] = await after.events();
  assertEquals(news?.data.tasks.map(({ index, state }) => [index, state]), [[1, "success"], [2, "pending"]]);
  await after.leave();

  for (const unknown of ["", "x", "1.!!!", "done", `${"0".repeat(16)}.${"_".repeat(9_000)}`]) {
    const other = await watch(world, "", unknown);
    assertEquals((await other.events())[0]?.data.counts.success, 2, unknown);
    await other.leave();
  }
});

Deno.test("events end for good: who comes back with the last one is sent away", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [success(1)]);
  const watching = await watch(world);
  const ids = (await watching.events()).map(({ id }) => id);
  assertEquals(ids.at(-1), "done");
  const again = await world.getByLink("/events", { headers: { "last-event-id": "done" } });
  assertEquals([again.status, await again.text()], [204, ""]);
  const late = await watch(world, "", ids[0]);
  assertEquals((await late.events()).map(({ event }) => event), ["done"]);
});

Deno.test("events are of the part of the tasks that is asked for", async () => {
  const world = await setUpWatch();
  await seedBatch(
    world,
    Array.from({ length: 200 }, (_, index) => index % 2 === 0 ? success(index) : undefined),
  );
  const watching = await watch(world, "?start=90&count=4");
  const [begin] = await watching.events();
  assertEquals(begin?.data.tasks.map(({ index }) => index), [90, 91, 92, 93]);
  await watching.leave();
  await seedBatch(
    world,
    Array.from({ length: 200 }, (_, index) => index % 2 === 0 || index === 91 ? success(index) : undefined),
  );
  const after = await watch(world, "?start=90&count=4", begin?.id);
  const ended = (await after.events())[0]?.data.tasks.filter(({ state }) => state !== "pending");
  assertEquals(ended?.map(({ index }) => index), [91]);
  await after.leave();
});

Deno.test("events show that they are alive, and end after some minutes", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [undefined]);
  const watching = await watch(world);
  await watching.events();
  await world.clock.advance(14_000);
  assertEquals(await watching.next(), "");
  await world.clock.advance(1_000);
  assertEquals(await watching.next(), ": still here\n\n");
  for (let second = 15; second < 299; second++) await world.clock.advance(1_000);
  assert(!watching.isOver());
  await world.clock.advance(1_000);
  await watching.next();
  assert(watching.isOver());
  assertEquals(world.clock.sleeping, 0);
});

Deno.test("events end with the batch", async () => {
  const world = await setUpWatch();
  await seedBatch(world, [undefined]);
  const watching = await watch(world);
  await watching.events();
  await remove(world.store, `edge/batch/${BATCH_ID}`);
  await world.clock.advance(1_000);
  await watching.next();
  assert(watching.isOver());
});

Deno.test("no more streams than a handler has room for are open at once", async () => {
  const world = await setUpWatch({ limits: { maxOpenStreams: 2 } });
  await seedBatch(world, [undefined]);
  const [first, second] = [await watch(world), await watch(world)];
  const third = await world.getByLink("/events");
  assertEquals([third.status, third.headers.get("retry-after")], [503, "10"]);
  assertEquals((await third.json()).type, "urn:edge-compute:problem:too-many-streams");
  await first.events(2);
  await second.events(2);
  assertEquals(world.clock.sleeping, 2);
  await first.leave();
  await settle();
  assertEquals(world.clock.sleeping, 1, "the store is read for who has stayed alone");
  const fourth = await watch(world);
  assertEquals((await fourth.events(2)).length, 1);
  assertEquals((await world.getByLink("/events")).status, 503);
  // Asked for its head alone, a stream is none.
  assertEquals((await world.getByLink("/events", { method: "HEAD" })).status, 200);
  await seedBatch(world, [success(1)]);
  await world.clock.advance(1_000);
  assertEquals((await second.events()).at(-1)?.event, "done");
  await fourth.events();
  await (await watch(world)).leave();
});

Deno.test("a stream that nobody reads gives its room back in time", async () => {
  const world = await setUpWatch({ limits: { maxOpenStreams: 1 } });
  await seedBatch(world, [undefined]);
  const forgotten = await world.getByLink("/events");
  assertEquals((await world.getByLink("/events")).status, 503);
  await world.clock.advance(10 * 60_000);
  const next = await world.getByLink("/events");
  assertEquals(next.status, 200);
  await next.body?.cancel();
  await forgotten.body?.cancel();
});

Deno.test("decodeBits() reads what encodeBits() has written, and nothing from what it has not", () => {
  for (const length of [0, 1, 7, 8, 9, 20_000]) {
    const bits = Array.from({ length }, (_, index) => index % 3 === 0);
    const read = decodeBits(encodeBits(bits));
    assertEquals(bits.map((_, index) => read(index)), bits);
    assertEquals(read(length + 8), false);
  }
  assertEquals(encodeBits(Array.from({ length: 20_001 }, () => true)), "");
  for (const text of ["", "!", "é", "=".repeat(3)]) assertEquals(decodeBits(text)(0), false);
});
