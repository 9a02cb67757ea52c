/** collect() goes on with submissions that were put off or left behind by a process that ended. */
import { assert, assertEquals } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import { untilSettled } from "../../support/until.ts";
import { dyingStore } from "../dying_store.ts";
import { setUpWorld } from "./collect_helpers.ts";

const isSubmission = ({ url }: Request) => url.endsWith("/submit");

Deno.test("collect() goes on with submissions that were put off, and brings them to their end", async () => {
  await using world = await setUpWorld();
  let isWell = false;
  const process = world.process({
    hook: { answer: "accepted" },
    service: (request, send) =>
      isSubmission(request) && !isWell ? Promise.resolve(new Response(null, { status: 401 })) : send(request),
  });
  const batchId = await process.start([{ give: 1 }]);
  await process.edge.idle();
  assertEquals((await process.record(batchId)).state, "submitting");
  const report = await process.run({ forMs: 60_000 });
  assertEquals((await process.record(batchId)).state, "submitting");
  assert((report.nextAtMs ?? 0) > world.clock.nowMs());
  isWell = true;
  await process.run({ forMs: 24 * 3_600_000 });
  assertEquals([(await process.record(batchId)).state, process.received.length], ["done", 1]);
  assertEquals(process.edge.runs().length, 1);
});

Deno.test("collect() takes up a batch that a process has left before it was submitted", async () => {
  await using world = await setUpWorld();
  const store = memoryStore({ clock: world.clock });
  const dying = dyingStore(store, Infinity, "hangs");
  let isSent = false;
  const first = world.process({
    store: dying,
    hook: { answer: "accepted" },
    service: (request, send) => {
      if (!isSubmission(request)) return send(request);
      isSent = true;
      return new Promise<never>(() => {});
    },
    options: { waitUntil: () => {} },
  });
  const batchId = await first.start([{ give: 1 }]);
  await untilSettled("the submission", () => isSent);
  dying.lose();
  const second = world.process({ store, hook: { answer: "accepted" } });
  const report = await second.collect();
  assertEquals([report.isElsewhere, second.sent()], [true, 0]); // It may be under way.
  await second.run({ forMs: 10 * 60_000 });
  const { state, doubt } = await second.record(batchId);
  assertEquals([state, second.edge.runs()], ["inDoubt", []]);
  assertEquals([doubt?.message, doubt?.count], ["The process that was submitting it has ended", 1]);
});

Deno.test("collect() has a sender told of a batch that was refused after it was promised", async () => {
  await using world = await setUpWorld();
  const process = world.process({
    hook: { answer: "accepted" },
    service: (request, send) =>
      isSubmission(request) ? Promise.resolve(new Response(null, { status: 422 })) : send(request),
  });
  const batchId = await process.start([{ give: 1 }, { give: 2 }]);
  await process.edge.idle();
  const report = await process.run();
  assertEquals([report.nextAtMs, await process.waiting()], [undefined, []]);
  assertEquals((await process.record(batchId)).state, "refused");
  const [message] = process.received;
  assertEquals([message?.body.type, message?.body.data.state, message?.body.data.tasks], [
    "batch.refused",
    "refused",
    [],
  ]);
});

Deno.test("collect() leaves a batch in doubt to whoever decides", async () => {
  await using world = await setUpWorld();
  const process = world.process({
    hook: { answer: "accepted" },
    async service(request, send) {
      if (!isSubmission(request)) return await send(request);
      await (await send(request)).body?.cancel();
      throw new TypeError("fetch failed");
    },
  });
  const batchId = await process.start([{ give: 1 }]);
  // The client looks at the task group for a while.
  for (let turn = 0; turn < 40; turn++) await world.clock.advance(1_000);
  await process.edge.idle();
  assertEquals((await process.record(batchId)).state, "inDoubt");
  const before = process.sent();
  const report = await process.run();
  assertEquals([report.nextAtMs, await process.waiting(), process.sent() - before], [undefined, [], 0]);
});
