/** What encryptedStore() gives to the store below it, and what it makes of values that it did not write there itself. */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { createDecipheriv, createHmac, hkdfSync } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { encryptedStore } from "../../../edge/stores/encrypted_store.ts";
import { MAX_TASKS } from "../../../edge/options.ts";
import { MAX_RECORD_BYTES } from "../../../edge/records/batch_record.ts";
import { memoryStore } from "../../../src/store/memory_store.ts";
import type { Store } from "../../../src/store/store.ts";
import { compareAndSet, put, remove } from "../../../src/store/writes.ts";
import { contentOf } from "../../store/store_case.ts";
import { KEY_1, KEY_2, KEY_3 } from "./encrypted_stores.ts";

/** Reads a value by Node's crypto alone, and holds its nonce against what it must be. */
function readIndependently(secret: string, key: string, value: string): string {
  const info = "@edge-compute/globus encrypted store 1";
  const derived = Buffer.from(hkdfSync("sha256", Buffer.from(secret, "base64"), "", info, 70));
  const [, header, id, packing, base64] = /^(enc1\.(.{8})\.([tz])\.)(.+)$/.exec(value) ?? [];
  assertEquals(id, derived.subarray(64).toString("base64"));
  const nonce = Buffer.from((base64 as string).slice(0, 16), "base64");
  const sealed = Buffer.from((base64 as string).slice(16), "base64");
  const decipher = createDecipheriv("aes-256-gcm", derived.subarray(0, 32), nonce);
  decipher.setAAD(Buffer.from(header + key));
  decipher.setAuthTag(sealed.subarray(-16));
  const body = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  const mac = createHmac("sha256", derived.subarray(32, 64)).update(`${header}${key}\0`).update(body)
    .digest();
  assertEquals(nonce.toString("hex"), mac.subarray(0, 12).toString("hex"));
  return (packing === "z" ? inflateRawSync(body) : body).toString();
}

/** Counts the calls that go to a store. */
function countCalls(store: Store): { store: Store; counts: Record<string, number> } {
  const counts: Record<string, number> = {};
  const counted = new Proxy(store, {
    get(target, name: keyof Store) {
      counts[name] = (counts[name] ?? 0) + 1;
      return target[name];
    },
  });
  return { store: counted, counts };
}

async function rawOf(store: Store, key: string): Promise<string> {
  const value = await store.get(key);
  assert(value !== undefined, `nothing at '${key}'`);
  return value;
}

/** Text that does not compress below six bits a character, as a pickle in base64. */
function randomBase64(length: number): string {
  const bytes = new Uint8Array(length / 4 * 3);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return Buffer.from(bytes).toString("base64");
}

Deno.test("encryptedStore() writes AES-256-GCM as its form says, and leaves keys and expiries as they are", async () => {
  let nowMs = 0;
  const below = memoryStore({ clock: { nowMs: () => nowMs } });
  const store = await encryptedStore(below, [KEY_1]);
  const texts = { empty: "", short: "the secret é€\u{1f9ea}", long: "the secret ".repeat(20_000) };
  for (const [key, text] of Object.entries(texts)) {
    await store.commit([{ key, value: text, expiresInMs: 10 }]);
    const raw = await rawOf(below, key);
    assertMatch(raw, /^enc1\.[A-Za-z0-9+/]{8}\.[tz]\.[A-Za-z0-9+/]+={0,2}$/);
    assertEquals(raw.includes("secret"), false);
    assert(readIndependently(KEY_1, key, raw) === text, key);
    assert(await store.get(key) === text, key);
  }
  assertEquals(await below.list(""), ["empty", "long", "short"]);
  assert((await rawOf(below, "long")).length < 2_000);
  nowMs = 10;
  assertEquals([await store.get("short"), await below.list("")], [undefined, []]);
});

Deno.test("encryptedStore() encrypts the same text under the same key alike, and no two others", async () => {
  const below = memoryStore();
  const store = await encryptedStore(below, [KEY_1]);
  const raws: string[] = [];
  for (const [key, text] of [["a", "1"], ["a", "2"], ["b", "1"], ["ab", ""], ["a", "b"]] as const) {
    await put(store, key, text);
    const raw = await rawOf(below, key);
    await put(store, key, text);
    assertEquals(await rawOf(below, key), raw);
    raws.push(raw);
  }
  const nonces = raws.map((raw) => raw.slice(16, 32));
  assertEquals(new Set(nonces).size, raws.length);
});

Deno.test("encryptedStore() makes a commit in one call, and one that is not made in two", async () => {
  const { store: below, counts } = countCalls(memoryStore());
  const store = await encryptedStore(below, [KEY_1]);
  assert(await store.commit([{ key: "a", value: "1", expected: null }, { key: "b", value: "1" }]));
  assert(await store.commit([{ key: "a", value: "2", expected: "1" }, { key: "b", expected: "1" }]));
  assertEquals(counts, { commit: 2 });
  assertEquals(await store.commit([{ key: "c", value: "1" }, { key: "a", expected: null }]), false);
  assertEquals(counts, { commit: 3 });
  assertEquals(await store.commit([{ key: "c", value: "1" }, { key: "a", expected: "1" }]), false);
  assertEquals(counts, { commit: 4, getMany: 1 });
});

Deno.test("keys are rotated: each process reads what all have written, and a write takes the first key", async () => {
  const below = memoryStore();
  const [before, during, after, late] = await Promise.all(
    [[KEY_1], [KEY_1, KEY_2], [KEY_2, KEY_1], [KEY_2]].map((keys) => encryptedStore(below, keys)),
  ) as [Store, Store, Store, Store];
  const keys = ["checked", "kept", "removed", "written"];
  await before.commit(keys.map((key) => ({ key, value: `of ${key}` })));
  const kept = await rawOf(below, "kept");

  assertEquals(await during.getMany(keys), keys.map((key) => `of ${key}`));
  assertEquals(await after.getMany(keys), keys.map((key) => `of ${key}`));
  assertEquals(await compareAndSet(after, "written", "of another", "new"), false);
  assert(
    await after.commit([
      { key: "added", value: "new", expected: null },
      { key: "checked", expected: "of checked" },
      { key: "removed", value: null, expected: "of removed" },
      { key: "written", value: "new", expected: "of written" },
    ]),
  );
  assertEquals(await contentOf(during), [
    ["added", "new"],
    ["checked", "of checked"],
    ["kept", "of kept"],
    ["written", "new"],
  ]);
  assertEquals(readIndependently(KEY_2, "written", await rawOf(below, "written")), "new");
  assertEquals(await rawOf(below, "kept"), kept);
  // A condition that does not hold stays one, whichever keys the others are encrypted with.
  const changes = [{ key: "checked", expected: "of checked" }, { key: "kept", expected: null }];
  assertEquals(await after.commit(changes), false);

  // A process that has not heard of the rotation yet goes on with what is the other's.
  assert(await compareAndSet(during, "written", "new", "newer"));
  assert(await compareAndSet(after, "written", "newer", "newer"));
  assert(await compareAndSet(during, "written", "newer", "newest"));
  assert(await compareAndSet(after, "written", "newest", "last"));

  assertEquals(await late.getMany(["added", "written"]), ["new", "last"]);
  for (const call of [() => late.get("kept"), () => late.getMany(["added", "kept"])]) {
    const { message } = await assertRejects(call, Error, "'kept'");
    assertStringIncludes(message, "a key that is not in 'encrypt': add that key");
  }
});

Deno.test("a value whose key is missing is an error, and no answer to what is expected", async () => {
  const below = memoryStore();
  const right = await encryptedStore(below, [KEY_1]);
  const wrong = await encryptedStore(below, [KEY_3, KEY_2]);
  await put(right, "a", "1");
  const calls = [
    () => wrong.get("a"),
    () => wrong.getMany(["b", "a"]),
    () => wrong.commit([{ key: "a", expected: "1" }]),
    () => wrong.commit([{ key: "a", expected: "1", value: "2" }, { key: "b", value: "1" }]),
  ];
  for (const call of calls) {
    const { message } = await assertRejects(call, Error, "Cannot read 'a' of the store");
    assertStringIncludes(message, "'encrypt'");
    for (const secret of [KEY_1, KEY_2, KEY_3]) assertEquals(message.includes(secret.slice(0, 8)), false);
  }
  assertEquals(await contentOf(right), [["a", "1"]]);
  assertEquals(await wrong.commit([{ key: "a", expected: null }]), false);
  await put(wrong, "a", "2");
  await remove(wrong, "a");
  assertEquals(await below.list(""), []);
});

Deno.test("a value that was altered is an error that names its key, whichever character it is", async () => {
  const below = memoryStore();
  const store = await encryptedStore(below, [KEY_1]);
  // 18 bytes with the tag, so that each bit of the base64 counts.
  await put(store, "a", "42");
  const raw = await rawOf(below, "a");
  for (let i = "enc1.".length; i < raw.length; i++) {
    await put(below, "a", raw.slice(0, i) + (raw[i] === "A" ? "B" : "A") + raw.slice(i + 1));
    await assertRejects(() => store.get("a"), Error, "Cannot read 'a' of the store");
    await assertRejects(() => store.commit([{ key: "a", expected: "42" }]), Error, "Cannot read 'a' of the");
  }
  for (const text of ["enc1.", raw.slice(0, 20), raw.slice(0, -4), `${raw}AAAA`, raw.replace(".t.", ".z.")]) {
    await put(below, "a", text);
    await assertRejects(() => store.get("a"), Error, "Cannot read 'a' of the store");
  }
  await put(below, "a", raw.slice(0, -1) + (raw.endsWith("A") ? "B" : "A"));
  await assertRejects(() => store.get("a"), Error, 'store.commit([{ key: "a", value: null }])');
  await put(below, "a", raw);
  assertEquals(await store.get("a"), "42");
});

Deno.test("a value that was moved to another key is an error that names that key", async () => {
  const below = memoryStore();
  const store = await encryptedStore(below, [KEY_1, KEY_2]);
  await store.commit([{ key: "a", value: "1" }, { key: "b", value: "2" }]);
  await put(below, "b", await rawOf(below, "a"));
  await assertRejects(
    () => store.get("b"),
    Error,
    "Cannot read 'b' of the store: its value was altered, or moved",
  );
  await assertRejects(() => store.getMany(["a", "b"]), Error, "'b'");
  assertEquals(await store.get("a"), "1");
});

Deno.test("encryptedStore() goes on with values that were there before it, and encrypts them with the next write", async () => {
  const below = memoryStore();
  const keys = ["checked", "kept", "written"];
  await below.commit(keys.map((key) => ({ key, value: `of ${key}` })));
  const store = await encryptedStore(below, [KEY_1]);
  assertEquals(await store.getMany(keys), keys.map((key) => `of ${key}`));
  assertEquals(await compareAndSet(store, "written", "of another", "new"), false);
  assertEquals(await compareAndSet(store, "written", undefined, "new"), false);
  assert(
    await store.commit([
      { key: "written", expected: "of written", value: "new" },
      { key: "checked", expected: "of checked" },
      { key: "added", expected: null, value: "new" },
    ]),
  );
  assertEquals([await below.get("checked"), await below.get("kept")], ["of checked", "of kept"]);
  assertEquals(readIndependently(KEY_1, "written", await rawOf(below, "written")), "new");
  assert(await compareAndSet(store, "kept", "of kept", "of kept"));
  assertEquals(readIndependently(KEY_1, "kept", await rawOf(below, "kept")), "of kept");
});

Deno.test("a commit is made that others cross by encrypting what it expects anew, and fails if they never end", async () => {
  const below = memoryStore();
  const other = await encryptedStore(below, [KEY_2, KEY_1]);
  let crossings = 0;
  let left = 3;
  const crossed: Store = {
    ...below,
    async getMany(keys) {
      const values = await below.getMany(keys);
      if (left-- > 0) {
        // Another text meanwhile would be another value for good: it is the same, by the other key in turn.
        const store = await encryptedStore(
          below,
          crossings++ % 2 === 0 ? [KEY_3, KEY_1, KEY_2] : [KEY_2, KEY_1],
        );
        await put(store, "a", "1");
      }
      return values;
    },
  };
  const store = await encryptedStore(crossed, [KEY_1, KEY_2, KEY_3]);
  await put(other, "a", "1");
  assert(await store.commit([{ key: "a", expected: "1", value: "2" }, { key: "b", value: "2" }]));
  assertEquals([crossings, await contentOf(store)], [3, [["a", "2"], ["b", "2"]]]);

  await put(other, "a", "1");
  [crossings, left] = [0, Infinity];
  await assertRejects(() => compareAndSet(store, "a", "1", "3"), Error, "Cannot commit the change of 'a'");
  left = 0;
  assertEquals(await contentOf(store), [["a", "1"], ["b", "2"]]);
});

Deno.test("the largest commits of a handler fit when they are encrypted", async () => {
  const below = memoryStore({ maxBytes: 2 ** 30 });
  const store = await encryptedStore(below, [KEY_1]);
  const record = (n: number) => n + randomBase64(MAX_RECORD_BYTES);
  const ids = Array.from({ length: MAX_TASKS }, () => crypto.randomUUID());
  const tasks = JSON.stringify(
    ids.map((taskId) => ({
      taskId,
      state: "pending",
      status: randomBase64(32),
      missingSinceMs: 1_790_000_000_000,
    })),
  );
  assert(tasks.length > 14_000_000);
  const before = record(1);
  await store.commit([{ key: "record", value: before }, { key: "tasks", value: "[]" }]);
  const after = record(2);
  assert(
    await store.commit([
      { key: "tasks", value: tasks },
      { key: "record", expected: before, value: after },
    ]),
  );
  assert(await store.get("tasks") === tasks);

  const doubt = (n: number) =>
    JSON.stringify({ n, accepted: ids.map((taskId, index) => ({ index, taskId })) });
  assert(await store.commit([{ key: "record", expected: after, value: doubt(1) }]));
  assert(await store.commit([{ key: "record", expected: doubt(1), value: doubt(2) }]));

  // The largest payload and the largest result, of which base64 is about what compresses least.
  for (const length of [10_000_000, 10_485_760]) {
    const value = randomBase64(length);
    assert(await store.commit([{ key: "large", value }, { key: "record", value: after }]));
    assert(await store.get("large") === value);
  }
});

Deno.test("what is too large once it is encrypted is a RangeError, and nothing is written", async () => {
  const below = memoryStore({ maxBytes: 2 ** 30 });
  const store = await encryptedStore(below, [KEY_1]);
  const bytes = Buffer.from(randomBase64(20_000_000), "base64");
  // Seven bits a byte do not compress.
  const value = bytes.map((byte) => byte & 127).toString();
  await assertRejects(() => put(store, "a", value), RangeError, "at most 16777216");
  assertEquals(await below.list(""), []);
  const less = value.slice(0, 12_500_000);
  await put(store, "a", less);
  assert(await store.get("a") === less);
});
