/** The lane is let go by whoever needs it last. */
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../mod.ts";
import { createLane, createRate, LANE } from "../../edge/lane.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { edgeOf, setUpEdge, worldOf } from "./edge_helpers.ts";

Deno.test("a lane that was lost and taken again is let go by whoever ends last", async () => {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const background: Promise<unknown>[] = [];
  const lane = createLane({
    store,
    clock,
    rate: createRate(clock, undefined),
    waitUntil: (promise) => void background.push(promise),
  });
  let endFirst = () => {};
  let aborted: AbortSignal | undefined;
  const first = lane.hold((held) => {
    aborted = held.signal;
    return new Promise<void>((resolve) => endFirst = resolve);
  });
  await clock.advance(0);
  for (let i = 0; i < 20 && aborted === undefined; i++) await new Promise((r) => setTimeout(r, 5));
  // Another process takes it, and ends.
  await store.commit([{ key: `${LANE}/holder`, value: "another" }]);
  await clock.advance(8_000);
  assert(aborted?.aborted);
  await store.commit([{ key: `${LANE}/holder`, value: null }, { key: `${LANE}/beat`, value: null }]);
  const second = await lane.hold(() => Promise.resolve("second"));
  assert(second.isHeld);
  endFirst();
  await first;
  await Promise.all(background);
  assertEquals(await store.get(`${LANE}/holder`), undefined);
  assertEquals(clock.sleeping, 0);
});

Deno.test("collect() has let the lane go when it is over", async () => {
  await using edge = await setUpEdge();
  const { store } = edge;
  const process = edgeOf({
    ...worldOf(edge),
    store: {
      ...store,
      async commit(changes) {
        await new Promise((r) => setTimeout(r, 20));
        return await store.commit(changes);
      },
    },
  });
  await process.handler.collect();
  assertEquals(await store.get(`${LANE}/holder`), undefined);
});
