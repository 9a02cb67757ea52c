/** The collector of a process that stays calls collect() when it is due, and tries again after failures. */
import { assertEquals } from "@std/assert";
import { createCollector } from "../../../edge/collector.ts";
import type { CollectReport } from "../../../edge/options.ts";
import { ManualClock } from "../../support/manual_clock.ts";

const START_MS = Date.UTC(2026, 0, 1);

/** A collector whose calls say, one after the other, after how long the next one is due. */
function setUp(answers: (number | Error | undefined)[]) {
  const clock = new ManualClock(START_MS);
  const calls: number[] = [];
  const errors: unknown[] = [];
  const collector = createCollector({
    clock,
    onError: (error) => void errors.push(error),
    collect() {
      calls.push(clock.nowMs() - START_MS);
      const answer = answers.shift();
      if (answer instanceof Error) return Promise.reject(answer);
      const nextAtMs = answer === undefined ? undefined : clock.nowMs() + answer;
      const report: CollectReport = { nextAtMs, isElsewhere: false };
      return Promise.resolve(report);
    },
  });
  return { clock, calls, errors, collector };
}

Deno.test("createCollector() collects at the start, when it is due, and once a minute where nothing is", async () => {
  const { clock, calls, collector } = setUp([1_000, 500, undefined, undefined]);
  const running = collector.runUntil(Infinity);
  await clock.advance(125_000);
  assertEquals(calls, [0, 1_000, 1_500, 61_500, 121_500]);
  await collector.stop();
  await running;
  assertEquals(clock.sleeping, 0);
});

Deno.test("createCollector() wakes up for what is due sooner, and not for what is later", async () => {
  const { clock, calls, collector } = setUp([30_000, undefined]);
  void collector.runUntil(Infinity);
  await clock.advance(10_000);
  collector.due(START_MS + 40_000);
  collector.due(START_MS + 12_000);
  collector.due(START_MS + 20_000);
  await clock.advance(60_000);
  assertEquals(calls, [0, 12_000]);
  collector.due(START_MS);
  await clock.advance(0);
  assertEquals(calls, [0, 12_000, 70_000]);
  await collector.stop();
});

Deno.test("createCollector() ends with the time that it is given, which can be made longer", async () => {
  const { clock, calls, collector } = setUp([1_000, 1_000, 1_000, undefined]);
  let isOver = false;
  const running = collector.runUntil(START_MS + 1_500).then(() => isOver = true);
  await clock.advance(500);
  void collector.runUntil(START_MS + 2_500);
  void collector.runUntil(START_MS);
  await clock.advance(1_600);
  assertEquals([calls, isOver], [[0, 1_000, 2_000], true]);
  await running;
  await clock.advance(10_000);
  assertEquals(calls.length, 3);
  await collector.runUntil(clock.nowMs());
  assertEquals(calls, [0, 1_000, 2_000, 12_100]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("createCollector() tells why a call failed, and tries again", async () => {
  const failure = new Error("the store does not answer");
  const { clock, calls, errors, collector } = setUp([failure, failure, undefined]);
  void collector.runUntil(Infinity);
  await clock.advance(20_000);
  assertEquals([calls, errors], [[0, 5_000, 10_000], [failure, failure]]);
  await collector.stop();
});

Deno.test("createCollector() is done only once the call that goes on is", async () => {
  const clock = new ManualClock(START_MS);
  const signals: AbortSignal[] = [];
  let finish = () => {};
  const collector = createCollector({
    clock,
    onError: () => {},
    collect: ({ signal } = {}) => {
      signals.push(signal as AbortSignal);
      return new Promise((resolve) => {
        finish = () => resolve({ nextAtMs: undefined, isElsewhere: false });
      });
    },
  });
  void collector.runUntil(Infinity);
  let isOver = false;
  const stopping = collector.stop().then(() => isOver = true);
  await clock.advance(1_000);
  assertEquals([signals.map(({ aborted }) => aborted), isOver], [[true], false]);
  finish();
  await stopping;
  assertEquals([signals.length, clock.sleeping], [1, 0]);
});
