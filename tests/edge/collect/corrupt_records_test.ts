/** What a handler makes of records in its store that are damaged or of another version: it tells which, and goes on. */
import { put } from "../../../src/store/writes.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import { batchKey, tasksKey } from "../../../edge/records/keys.ts";
import { setUpWorld } from "./collect_helpers.ts";

const CORRUPT: [what: string, key: (batchId: string) => string, text: string][] = [
  ["a batch that is no JSON", batchKey, '{"id":'],
  ["a batch that is null", batchKey, "null"],
  ["a batch that is a list", batchKey, "[]"],
  ["a batch of another version", batchKey, '{"id":"x","state":"running"}'],
  ["tasks that are no JSON", tasksKey, "["],
  ["tasks that are an object", tasksKey, "{}"],
  ["tasks that are numbers", tasksKey, "[1]"],
];

for (const [what, keyOf, text] of CORRUPT) {
  Deno.test(`collect() tells of ${what}, and collects the others`, async () => {
    await using world = await setUpWorld();
    const store = memoryStore({ clock: world.clock });
    const process = world.process({ store });
    const damaged = await process.start([{ give: 1 }]);
    const sound = await process.start([{ give: 2 }]);
    await put(store, keyOf(damaged), text);
    await process.run({ forMs: 60_000, until: async () => (await process.record(sound)).state === "done" });
    assertEquals((await process.record(sound)).counts.success, 1);
    const told = process.edge.events.find((event) =>
      event.kind === "collectFailed" && event.batchIds.includes(damaged)
    );
    const { name, message } = (told as unknown as { error: Error }).error;
    assertEquals(name, "Error");
    assertStringIncludes(message, `Cannot read '${keyOf(damaged)}' of the store`);
    assertStringIncludes(message, "delete it");
    assertEquals(await store.get(keyOf(damaged)), text);
  });
}
