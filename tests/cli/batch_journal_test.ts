/** What the CLI makes of its own records in a store that are damaged: a usage error that names them, and never less. */
import { put } from "../../src/store/writes.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryStore } from "../../mod.ts";
import { readJournal, writeJournal } from "../../src/cli/batch/batch_journal.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const DAMAGED = ["", "{", "null", "5", "[]", "{}", '{"functionId":"f","digest":"d","starts":["0"]}'];

Deno.test("readJournal() reads what writeJournal() has written", async () => {
  const store = memoryStore();
  const journal = { functionId: "f", digest: "d", starts: [0, 5] };
  await writeJournal(store, "nightly", undefined, journal);
  assertEquals(await readJournal(store, "nightly"), journal);
  assertEquals(await readJournal(store, "other"), undefined);
});

Deno.test("a batch may have any name", async () => {
  const store = memoryStore();
  const names = [
    "nightly run",
    "näch/tlich",
    "x".repeat(10_000),
    "x".repeat(10_001),
    "\ud800",
    "\ud801",
    ".",
  ];
  for (const [i, name] of names.entries()) {
    await writeJournal(store, name, undefined, { functionId: "f", digest: "d", starts: [i] });
  }
  const journals = await Promise.all(names.map((name) => readJournal(store, name)));
  assertEquals(journals.map((journal) => journal?.starts), names.map((_, i) => [i]));
});

Deno.test("writeJournal() changes nothing that another process has noted meanwhile", async () => {
  const store = memoryStore();
  const [first, theirs] = [0, 5].map((row) => ({ functionId: "f", digest: "d", starts: [0, row] }));
  assert(first && theirs);
  await writeJournal(store, "nightly", undefined, first);
  await writeJournal(store, "nightly", first, theirs);
  const late = () => writeJournal(store, "nightly", first, { ...first, starts: [0, 9] });
  await assertRejects(late, UsageError, "Cannot go on with the batch 'nightly': another process");
  await assertRejects(() => writeJournal(store, "nightly", undefined, first), UsageError);
  assertEquals(await readJournal(store, "nightly"), theirs);
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
