/** A handler with `encrypt` leaves nothing in its store that can be read, and works as it does without. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { memoryStore, type Store } from "../../mod.ts";
import { createEdgeHandler } from "../../edge/handler.ts";
import type { EdgeOptions } from "../../edge/options.ts";
import { batchKey } from "../../edge/records/keys.ts";
import { encryptedStore } from "../../edge/stores/encrypted_store.ts";
import { put } from "../../src/store/writes.ts";
import { contentOf } from "../store/store_case.ts";
import { sqliteStores } from "../store/sqlite_stores.ts";
import { setUpEdge, told } from "./edge_helpers.ts";
import { encryptionKey, KEY_1, KEY_2 } from "./stores/encrypted_stores.ts";

/** In each of these there must be nothing of a payload, a result or a record. */
const READABLE = ["a-private-sample", "hooks.example.org", "taskGroupId", "payload", "push", "{"];

async function assertUnreadable(store: Store): Promise<void> {
  const content = await contentOf(store);
  assert(content.length > 3, `only ${content.length} values`);
  for (const [key, value = ""] of content) {
    assert(value.startsWith("enc1."), `${key}: ${value}`);
    for (const text of READABLE) assertEquals(value.includes(text), false, `'${text}' in ${key}`);
  }
}

/** Collects until a batch is at its end; encryption takes time of its own, so the clock goes on in steps. */
async function statusOf(edge: Awaited<ReturnType<typeof setUpEdge>>, url: string) {
  for (let round = 0; round < 100; round++) {
    const collecting = edge.handler.collect();
    await edge.clock.runUntil(collecting);
    const { status, body } = await told(await edge.handler(new Request(url)));
    assertEquals(status, 200);
    if (body.state === "done") return body;
    await edge.clock.advance(15_000);
  }
  throw new Error("The batch did not come to its end");
}

for (const kind of ["memory", "SQLite"]) {
  Deno.test(`a handler with 'encrypt' leaves nothing to read in a store (${kind}), from delivery to result`, async () => {
    await using disks = await sqliteStores();
    const opened = await disks.open();
    const store = kind === "memory" ? memoryStore({ maxBytes: 2 ** 30 }) : opened.store;
    try {
      await using edge = await setUpEdge({ store, options: { encrypt: [KEY_1] } });
      const { status, body } = await told(await edge.handler(edge.request("a-private-sample")));
      assertEquals(status, 202);
      await edge.idle();
      await assertUnreadable(store);
      const done = await statusOf(edge, String(body.statusUrl));
      assertEquals(done.counts, { pending: 0, success: 1, failed: 0, lost: 0 });
      await assertUnreadable(store);
      const results = await edge.handler(
        new Request(String(body.statusUrl).replace(/(\/batches\/[^/?]+)/, "$1/results.json")),
      );
      assertStringIncludes(await results.text(), "a-private-sample");
      assertEquals(edge.runs(), ['"a-private-sample"']);
      assertEquals((await edge.handler(new Request("https://hooks.example.org/readyz"))).status, 200);
    } finally {
      await opened.close();
    }
  });
}

Deno.test("'encrypt' is switched on, and its keys are replaced, for a store in use: deliveries stay known", async () => {
  const store = memoryStore();
  await using edge = await setUpEdge({ store });
  const handlerWith = (...encrypt: string[]) =>
    createEdgeHandler({ ...edge.options, ...(encrypt.length > 0 ? { encrypt } : {}) });
  const first = await told(await edge.handler(edge.request("a-private-sample")));
  assertEquals(first.status, 202);
  await edge.idle();
  const batchKeyOf = batchKey(String(first.body.batchId));
  assertEquals((await store.get(batchKeyOf))?.startsWith("{"), true);
  for (const keys of [[KEY_1], [KEY_2, KEY_1], [KEY_1, KEY_2]]) {
    const again = await told(await handlerWith(...keys)(edge.request("a-private-sample")));
    assertEquals(again, first, keys.join());
    const { status, body } = await told(
      await handlerWith(...keys)(new Request(String(first.body.statusUrl))),
    );
    assertEquals([status, body.batchId], [200, first.body.batchId]);
  }
  assertEquals(edge.runs(), ['"a-private-sample"']);
});

Deno.test("a handler whose key is missing takes no delivery that it cannot keep apart from others", async () => {
  const store = memoryStore();
  await using edge = await setUpEdge({ store, options: { encrypt: [KEY_1] } });
  assertEquals((await told(await edge.handler(edge.request("a-private-sample")))).status, 202);
  await edge.idle();
  const stranger = createEdgeHandler({ ...edge.options, encrypt: [KEY_2] });
  edge.events.length = 0;
  const response = await stranger(edge.request("a-private-sample"));
  const text = await response.text();
  assertEquals([response.status, text.includes("encrypt")], [503, false], text);
  assertEquals(edge.runs(), ['"a-private-sample"']);
  const errors = edge.events.map((event) => "error" in event ? `${(event.error as Error)?.message}` : "");
  assertStringIncludes(errors.join("\n"), "a key that is not in 'encrypt'");
});

Deno.test("collect() names the record that was altered, and goes on with the others", async () => {
  const store = memoryStore();
  await using edge = await setUpEdge({ store, options: { encrypt: [KEY_1] } });
  const [damaged, sound] = [
    await told(await edge.handler(edge.request("a-private-sample", "msg_1"))),
    await told(await edge.handler(edge.request("another", "msg_2"))),
  ];
  await edge.idle();
  const key = batchKey(String(damaged.body.batchId));
  const value = await store.get(key) as string;
  await put(store, key, `${value.slice(0, -4)}AAAA`);
  const problem = `Cannot read '${key}' of the store: its value was altered`;
  await edge.clock.advance(2_000);
  await edge.handler.collect();
  const errors = edge.events.map((event) => "error" in event ? event.error : undefined);
  const messages = errors.map((error) => error instanceof Error ? error.message : "");
  assertStringIncludes(messages.join("\n"), problem);
  assertEquals((await statusOf(edge, String(sound.body.statusUrl))).state, "done");
});

Deno.test("createEdgeHandler() takes keys of 32 bytes in base64 alone, and shows none of them", async () => {
  await using edge = await setUpEdge();
  const make = (encrypt: unknown) => createEdgeHandler({ ...edge.options, encrypt } as EdgeOptions);
  for (const keys of [undefined, [KEY_1], [KEY_1, KEY_2], [encryptionKey(255)]]) make(keys);
  for (const encrypt of [[], KEY_1, {}, null, 5]) {
    const { message } = assertThrows(() => make(encrypt), TypeError, "Cannot use 'encrypt'");
    assertEquals(message.includes(KEY_1.slice(0, 8)), false);
  }
  const wrong = [
    "t0ken",
    "",
    "t0ken".repeat(10),
    `${KEY_1} `,
    KEY_1.slice(0, -1),
    `t0ken${KEY_1}`,
    "a1".repeat(32), // openssl rand -hex 32
    btoa("t0ken".repeat(6)),
    encryptionKey(255).replaceAll("/", "_"),
    undefined,
    new Uint8Array(32),
  ];
  for (const key of wrong) {
    const { message } = assertThrows(() => make([KEY_1, key]), TypeError, "Cannot use 'encrypt[1]'");
    assertStringIncludes(message, "openssl rand -base64 32");
    assertEquals([message.includes("t0ken"), message.includes("a1a1")], [false, false]);
  }
});

Deno.test("encryptedStore() is what a handler's store is read with outside of it", async () => {
  const store = memoryStore();
  await using edge = await setUpEdge({ store, options: { encrypt: [KEY_1] } });
  const { body } = await told(await edge.handler(edge.request("a-private-sample")));
  const text = await (await encryptedStore(store, [KEY_1])).get(batchKey(String(body.batchId)));
  assertEquals(JSON.parse(text ?? "").id, body.batchId);
});
