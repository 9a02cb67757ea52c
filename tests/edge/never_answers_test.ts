/** What a handler is given and never answers (a schema, an authorizer, `onDue`) ends by its own time, and holds no others. */
import { assert, assertEquals } from "@std/assert";
import { accessToken } from "../../mod.ts";
import { createCollector } from "../../edge/collector.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { until } from "../support/until.ts";
import { bySubject, setUpWorld } from "./collect/collect_helpers.ts";
import { setUpEdge, told } from "./edge_helpers.ts";

const hang = () => new Promise<never>(() => {});

Deno.test("a schema that never answers is a failure of the hook", async () => {
  await using edge = await setUpEdge({
    hook: { payload: { "~standard": { version: 1, vendor: "test", validate: hang } } },
  });
  const { status, body } = await edge.clock.runUntil(edge.handler(edge.request()).then(told));
  assertEquals([status, body.type], [500, "urn:edge-compute:problem:hook-failed"]);
  assertEquals((edge.events[0] as { kind: string }).kind, "deliveryRefused");
});

Deno.test("an 'onDue' that never answers does not hold the sender", async () => {
  let isStuck = true;
  await using edge = await setUpEdge({ options: { onDue: () => isStuck ? hang() : undefined } });
  const { status } = await told(await edge.clock.runUntil(edge.handler(edge.request())));
  assert(status >= 500, `${status}`);
  isStuck = false;
  await edge.clock.advance(30_000); // The claim of the first attempt is over.
  assertEquals((await told(await edge.handler(edge.request()))).status, 202);
  assertEquals(edge.runs().length, 1);
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
  await world.clock.advance(60_000);
  await process.collect();
  assertEquals((await process.record(one)).state, "done");
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
        openBatches: 0,
        waitingMessages: 0,
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
