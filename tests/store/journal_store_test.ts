/** A store of one's own, written by the docs of `Store` and `checkedStore()` alone, keeps all promises of a store. */
import { assert, assertEquals } from "@std/assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { directories } from "../support/directories.ts";
import { journalStore } from "./journal_store.ts";
import { contentOf, testClock } from "./store_case.ts";
import { storeCases } from "./store_suite.ts";

for (const { name, run } of storeCases) {
  Deno.test(`journalStore() ${name}`, async () => {
    await using made = await directories();
    const clock = testClock();
    let count = 0;
    await run({
      name: "journalStore",
      clock,
      open() {
        const path = join(made.path, `${count++}.jsonl`);
        const opened = new DisposableStack();
        const open = () => opened.use(journalStore(path, { clock }));
        return Promise.resolve({
          store: open(),
          reopen: () => Promise.resolve(open()),
          close: () => Promise.resolve(opened.dispose()),
        });
      },
    });
  });
}

Deno.test("journalStore() has nothing of a commit that was cut off, and goes on after the one before", async () => {
  await using made = await directories();
  const path = join(made.path, "journal.jsonl");
  using first = journalStore(path);
  const changes = ["a", "b"].map((key) => ({ key, value: "\u{1f9ea}" }));
  await first.commit([{ key: "a", value: "1" }]);
  const before = (await readFile(path)).length;
  await first.commit(changes);
  const whole = await readFile(path);
  for (let length = before; length < whole.length; length++) {
    await writeFile(path, whole.subarray(0, length));
    using second = journalStore(path);
    assertEquals(await contentOf(second), [["a", "1"]], `${length}`);
    assert(await second.commit([{ key: "c", value: "1", expected: null }]));
    using third = journalStore(path);
    assertEquals(await contentOf(third), [["a", "1"], ["c", "1"]], `${length}`);
  }
});
