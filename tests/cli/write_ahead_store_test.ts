/**
 * `writeAheadStore()` has each result on the disk before it is handed over, and grows without bound neither
 * there nor in memory.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { memoryStore, type Store } from "../../mod.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { writeAheadStore } from "../../src/cli/batch/write_ahead_store.ts";
import { until } from "../support/until.ts";
import { workspace } from "./cli_process.ts";

/** A store whose writes wait until they are let go. */
function heldStore() {
  const base = memoryStore();
  const gate = Promise.withResolvers<void>();
  const store: Store = {
    ...base,
    get: (key) => base.get(key),
    list: (prefix) => base.list(prefix),
    delete: (key) => base.delete(key),
    compareAndSet: (key, ...rest) => base.compareAndSet(key, ...rest),
    put: (key, ...rest) => gate.promise.then(() => base.put(key, ...rest)),
  };
  return { store, base, letGo: () => gate.resolve() };
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("writeAheadStore() has results at once, in a log that the next process puts into the store", async () => {
  await using place = await workspace();
  const path = place.file("log.jsonl");
  const held = heldStore();
  const { store } = await writeAheadStore(held.store, path);
  const ids = Array.from({ length: 500 }, (_, i) => `result/${i}`);
  await Promise.all(ids.map((id) => store.put(id, `value of ${id} \u00e9\n`, { expiresInMs: 60_000 })));
  assertEquals(await store.get("result/7"), "value of result/7 \u00e9\n");
  assertEquals(await held.base.get("result/7"), undefined); // The process is killed here.
  await Deno.writeTextFile(path, '{"key":"result/x","value":"cut sh', { append: true });

  const base = memoryStore();
  const next = await writeAheadStore(base, path);
  for (const id of ids) assertEquals(await base.get(id), `value of ${id} \u00e9\n`);
  assertEquals(await base.get("result/x"), undefined);
  assertEquals(await place.read("log.jsonl"), "");
  await next.close();
  assertEquals(await isThere(path), false);
});

Deno.test("writeAheadStore() moves results into the store, and what is late too", async () => {
  await using place = await workspace();
  const path = place.file("log.jsonl");
  const held = heldStore();
  const log = await writeAheadStore(held.store, path);
  await log.store.put("result/a", "1");
  await log.store.put("result/a", "2");
  const other = log.store.put("call/x", "3"); // No result: it goes where it belongs.
  const closed = log.close();
  held.letGo();
  await Promise.all([closed, other]);
  assertEquals(await held.base.get("result/a"), "2");
  assertEquals(await held.base.get("call/x"), "3");
  assertEquals(await isThere(path), false);
  await log.store.put("result/late", "4");
  assertEquals(await held.base.get("result/late"), "4");
});

Deno.test("writeAheadStore() keeps the log where the store fails, and gives what is in it", async () => {
  await using place = await workspace();
  const path = place.file("log.jsonl");
  const base = memoryStore();
  const failing: Store = {
    ...base,
    get: (key) => base.get(key),
    put: () => Promise.reject(new Error("full")),
  };
  const log = await writeAheadStore(failing, path);
  await log.store.put("result/a", "1");
  await assertRejects(() => log.store.put("call/x", "2"), Error, "full");
  assertEquals(await log.store.get("result/a"), "1");
  await log.close();
  assert(await isThere(path));
  await (await writeAheadStore(base, path)).close();
  assertEquals(await base.get("result/a"), "1");
});

Deno.test("writeAheadStore() holds neither an endless log nor endless memory", async () => {
  await using place = await workspace();
  const path = place.file("log.jsonl");
  const base = memoryStore();
  const log = await writeAheadStore(base, path);
  const value = "x".repeat(2 ** 20);
  for (let i = 0; i < 40; i++) await log.store.put("result/large", value);
  assert((await Deno.stat(path)).size < 20 * 2 ** 20);
  const held = heldStore();
  const slow = await writeAheadStore(held.store, place.file("slow.jsonl"));
  let done = 0;
  const puts = Array.from({ length: 60 }, (_, i) => i).reduce(
    (before, i) => before.then(() => slow.store.put(`result/${i}`, value)).then(() => void done++),
    Promise.resolve(),
  );
  await until("20 results in the log", () => done > 20);
  // In the time in which another log takes 40 more, this one would, too.
  for (let i = 0; i < 40; i++) await log.store.put("result/large", value);
  assert(done < 40, `${done}`);
  held.letGo();
  await puts;
  await Promise.all([log.close(), slow.close()]);
  assertEquals(await held.base.get("result/59"), value);
});

for (const line of ["{", "null", "5", '{"key":"result/x"}', '{"key":1,"value":"v"}']) {
  Deno.test(`writeAheadStore() refuses a log with the line ${line}, names it, and loses nothing`, async () => {
    await using place = await workspace();
    const path = place.file("log.jsonl");
    const text = `{"key":"result/1","value":"one"}\n${line}\n{"key":"result/2","value":"two"}\n`;
    await Deno.writeTextFile(path, text);
    const error = await assertRejects(() => writeAheadStore(memoryStore(), path), UsageError, `'${path}'`);
    assertStringIncludes(error.message, "Move the file away");
    assertEquals(await place.read("log.jsonl"), text);
  });
}
