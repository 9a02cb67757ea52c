/** What a handler is given and never answers (a schema, an authorizer, `onDue`) ends by its own time, and holds no others. */
import { assertEquals } from "@std/assert";
import { accessToken } from "../../mod.ts";
import { createCollector } from "../../edge/collector.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { until } from "../support/until.ts";
import { bySubject, setUpWorld } from "./collect/collect_helpers.ts";
import { setUpEdge, told } from "./edge_helpers.ts";

const hang = () => new Promise<never>(() => {});

/** Something of the host's that never answers, and when it is asked first: no time may pass before, as checks have some. */
function stuck() {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  return {
    asked,
    ask: () => {
      resolve();
      return hang();
    },
  };
}

Deno.test("a schema that never answers is a failure of the hook", async () => {
  const { asked, ask } = stuck();
  await using edge = await setUpEdge({
    hook: { payload: { "~standard": { version: 1, vendor: "none", validate: ask } } },
  });
  const answer = edge.handler(edge.request()).then(told);
  await asked;
  const { status, body } = await edge.clock.runUntil(answer);
  assertEquals([status, body.type], [500, "urn:edge-compute:problem:hook-failed"]);
  assertEquals((edge.events[0] as { kind: string }).kind, "deliveryRefused");
});

Deno.test("an 'onDue' that never answers does not hold the sender", async () => {
  const { asked, ask } = stuck();
  await using edge = await setUpEdge({ options: { onDue: ask } });
  const answer = edge.handler(edge.request()).then(told);
  await asked;
  assertEquals((await edge.clock.runUntil(answer)).status, 202);
  assertEquals((await told(await edge.handler(edge.request()))).status, 202);
  assertEquals(edge.runs().length, 1);
  const failed = edge.events.find((event) => event.kind === "collectFailed");
  assertEquals(String(failed?.kind === "collectFailed" && failed.error), "Error: 'onDue' failed");
});

Deno.test("an 'authorizerFor' that never answers for one sender holds no other one's results", async () => {
  await using world = await setUpWorld();
  let stuck: unknown;
  const process = world.process({
    isDelivering: false,
    hook: {
      verify: bySubject,
      authorizerFor: (claims) => claims.sub === stuck ? hang() : accessToken(world.local.accessToken),
    },
  });
  const one = await process.start([{ give: 1 }], "one");
  const two = await process.start([{ give: 2 }], "two");
  await world.clock.advance(2_000);
  stuck = "one";
  await until("the end of the other one's batch", async () => {
    await world.clock.runUntil(process.collect());
    await world.clock.advance(2_000);
    return (await process.record(two)).state === "done";
  });
  assertEquals((await process.record(one)).state, "running");
  stuck = undefined;
  await until("the end of its batch, too", async () => {
    await world.clock.advance(60_000);
    await world.clock.runUntil(process.collect());
    return (await process.record(one)).state === "done";
  });
});

Deno.test("a collector begins a new round where one never ends", async () => {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  let rounds = 0;
  const collector = createCollector({
    collect: () =>
      ++rounds === 1 ? hang() : Promise.resolve({
        nextAtMs: undefined,
        isElsewhere: false,
      }),
    clock,
    onError: (error) => void errors.push(error),
  });
  const running = collector.runUntil(Infinity);
  await clock.advance(12 * 60_000);
  assertEquals([rounds >= 2, String(errors)], [true, "Error: Collecting took longer than 10 minutes"]);
  await collector.stop();
  await running;
  assertEquals(clock.sleeping, 0);
});
