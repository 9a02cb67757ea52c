/** What the CLI makes of its own records in a store that are damaged: a usage error that names them, and never less. */
import { put } from "../../src/store/writes.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { memoryStore } from "../../mod.ts";
import { readJournal, writeJournal } from "../../src/cli/batch/batch_journal.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const DAMAGED = ["", "{", "null", "5", "[]", "{}", '{"functionId":"f","digest":"d","starts":["0"]}'];

Deno.test("readJournal() reads what writeJournal() has written", async () => {
  const store = memoryStore();
  const journal = { functionId: "f", digest: "d", starts: [0, 5] };
  await writeJournal(store, "nightly", journal);
  assertEquals(await readJournal(store, "nightly"), journal);
  assertEquals(await readJournal(store, "other"), undefined);
});

for (const text of DAMAGED) {
  Deno.test(`readJournal() refuses ${JSON.stringify(text)}, and names it`, async () => {
    const store = memoryStore();
    await put(store, "cli/batch/nightly", text);
    await assertRejects(
      () => readJournal(store, "nightly"),
      UsageError,
      "'cli/batch/nightly' of the store is damaged",
    );
  });
}
