/** No 10 s have more requests than the service takes, whichever processes have the lane in turn. */
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../mod.ts";
import { collect } from "../../edge/collect/collect.ts";
import { createRate, RATE_WINDOW_MS } from "../../edge/lane.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { dyingStore } from "./dying_store.ts";
import { edgeOf, goingOn, sendOn, setUpEdge, UNTIL_MISSED_MS, worldOf } from "./edge_helpers.ts";

const LIMIT = 20;

/** The most requests that any window has. */
function mostInWindow(timesMs: readonly number[]): number {
  return Math.max(
    0,
    ...timesMs.map((startMs) =>
      timesMs.filter((ms) => ms >= startMs && ms < startMs + RATE_WINDOW_MS).length
    ),
  );
}

async function setUpRate() {
  const world = await setUpEdge();
  const timesMs: number[] = [];
  const store = memoryStore({ clock: world.clock });
  const process = (own = store) =>
    edgeOf({
      ...worldOf(world),
      store: own,
      options: { service: { baseUrl: world.local.baseUrl, maxRequestsPer10s: LIMIT } },
      fetch(request, send) {
        timesMs.push(world.clock.monotonicMs());
        return send(request);
      },
    });
  return { world, timesMs, store, process };
}

Deno.test("three processes that have the lane in turn keep to one rate", async () => {
  const { world, timesMs, process } = await setUpRate();
  await using _ = world;
  const edges = [process(), process(), process()];
  for (let n = 0; n < 60; n++) {
    const edge = edges[n % 3] as typeof edges[0];
    await sendOn(edge, edge.request(n, `msg_${n}`));
    await goingOn(world, edge.idle());
  }
  assertEquals([world.runs().length, timesMs.length], [60, 60]);
  assert(mostInWindow(timesMs) <= LIMIT, `${mostInWindow(timesMs)} requests in a window`);
});

Deno.test("a process that takes the lane over keeps to the rate with what the one before has sent", async () => {
  const { world, timesMs, store, process } = await setUpRate();
  await using _ = world;
  const dying = dyingStore(store, Infinity, "stalls");
  const [first, second] = [process(dying), process()];
  const sending = Array.from({ length: 30 }, (_, n) => first.handler(first.request(n, `msg_${n}`)));
  while (timesMs.length < LIMIT) await world.clock.advance(10);
  await world.clock.advance(9_000);
  dying.lose();
  await collect(second.context); // It sees the holder.
  await world.clock.advance(UNTIL_MISSED_MS);
  await world.clock.runUntil(collect(second.context));
  dying.goOn();
  await goingOn(world, Promise.all(sending));
  await goingOn(world, first.idle());
  for (let turn = 0; turn < 4; turn++) {
    await world.clock.advance(20_000);
    await world.clock.runUntil(collect(second.context));
  }
  assertEquals(world.runs().length, 30);
  assert(mostInWindow(timesMs) <= LIMIT, `${mostInWindow(timesMs)} requests in a window`);
});

Deno.test("createRate() charges what another has sent once, and tells a third one of it", async () => {
  const clock = new ManualClock();
  const [a, b, c] = [createRate(clock, LIMIT), createRate(clock, LIMIT), createRate(clock, LIMIT)];
  for (let n = 0; n < 12; n++) a.noteSent();
  b.readMark(a.mark() as string);
  for (let n = 0; n < 6; n++) b.noteSent();
  const mark = b.mark() as string;
  c.readMark(mark);
  c.readMark(mark);
  const limiter = c.limiter();
  await limiter.acquire();
  await limiter.acquire();
  let isThrough = false;
  const third = limiter.acquire().then(() => isThrough = true);
  await clock.advance(RATE_WINDOW_MS - 1);
  assertEquals(isThrough, false);
  await clock.advance(200);
  await third;
  assertEquals([a.mark(), b.mark()], [undefined, undefined]); // Nothing counts any more.
});
