/** Results are asked for however many submissions wait: the service drops what nobody reads. */
import { assertEquals } from "@std/assert";
import { batchKey, dueKey } from "../../../edge/records/keys.ts";
import { setUpWorld } from "./collect_helpers.ts";

Deno.test("collect() asks for results though more submissions wait than it looks at", async () => {
  await using world = await setUpWorld();
  const process = world.process();
  const batchId = await process.start([{ give: 1 }]);
  const record = await process.record(batchId);
  const { collection: _, ...rest } = record;
  for (let n = 0; n < 1_001; n++) {
    const id = crypto.randomUUID();
    const value = {
      ...rest,
      id,
      state: "submitting",
      takenCount: 0,
      submission: { attempts: 0, nextAtMs: 0 },
    };
    await process.edge.store.commit([
      { key: batchKey(id), value: JSON.stringify(value) },
      { key: dueKey(0, id), value: "" },
    ]);
  }
  await world.clock.advance(2_000);
  await process.collect();
  assertEquals((await process.record(batchId)).state, "done");
});
