/** The list of batches is JSON or a page, for operators only, and shows no secret. */
import { put, remove } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ListDocument } from "../../../edge/watch/operator_answer.ts";
import { batchKey, recentKey } from "../../../edge/records/keys.ts";
import { AS_OPERATOR, BASE_URL, seedBatches, setUpWatch, type WatchWorld } from "./watch_helpers.ts";

const AS_PROGRAM = { ...AS_OPERATOR, accept: "application/json" };

Deno.test("an operator's program gets hooks and batches as JSON, the newest first, part by part", async () => {
  const world = await setUpWatch();
  await seedBatches(world, 60);
  const seen: string[] = [];
  let path: string | undefined = "/";
  let parts = 0;
  while (path !== undefined) {
    const response: Response = await world.get(path, { headers: AS_PROGRAM });
    assertEquals([response.headers.get("vary"), response.headers.get("cache-control")], [
      "accept",
      "no-store",
    ]);
    const list: ListDocument = await response.json();
    assertEquals(list.links.self, `${BASE_URL}${path}`);
    seen.push(...list.batches.map(({ batchId }) => batchId));
    if (++parts === 1) {
      const { hooks, batches: [newest] } = list;
      assertEquals(hooks.map(({ name, verifier }) => [name, verifier]), [["simulate", "bearer"]]);
      assertEquals([newest?.state, newest?.counts.failed], ["done", 1]);
      const self = newest?.links.self.slice(BASE_URL.length) ?? "";
      assertEquals((await world.get(self, { headers: AS_PROGRAM })).status, 200);
    }
    path = list.links.next?.slice(BASE_URL.length);
  }
  assertEquals([parts, seen], [3, Array.from({ length: 60 }, (_, index) => `batch-${59 - index}`)]);
});

Deno.test("the list is a page unless JSON is what is wanted", async () => {
  const { get } = await setUpWatch();
  const cases: [accept: string | undefined, mediaType: string][] = [
    [undefined, "text/html; charset=utf-8"],
    ["*/*", "text/html; charset=utf-8"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"],
    ["application/json;q=0.5, text/html", "text/html; charset=utf-8"],
    ["application/json, text/html;q=0.5", "text/html; charset=utf-8"],
    ["application/json, */*;q=0.1", "application/json"],
    ["application/json", "application/json"],
  ];
  for (const [accept, mediaType] of cases) {
    const headers = { ...AS_OPERATOR, ...(accept === undefined ? {} : { accept }) };
    const response = await get("/", { headers });
    assertEquals([response.status, response.headers.get("content-type")], [200, mediaType], accept);
    assertEquals(response.headers.get("vary"), "accept");
  }
});

Deno.test("a program that is not let in gets a problem, and is asked for its token", async () => {
  const { get } = await setUpWatch();
  const response = await get("/", { headers: { accept: "application/json" } });
  assertEquals([response.status, response.headers.get("content-type")], [401, "application/problem+json"]);
  assertStringIncludes(response.headers.get("www-authenticate") ?? "", "Bearer");
  assertEquals(response.headers.get("vary"), "accept");
});

Deno.test("the list names the verifier of each hook, and shows no secret of one", async () => {
  const world = await setUpWatch();
  const page = await (await world.get("/", { headers: AS_OPERATOR })).text();
  assertStringIncludes(page, '<span class="status">bearer</span>');
  const text = await (await world.get("/", { headers: AS_PROGRAM })).text();
  assert(!text.includes("the-senders-own-token"));
});

/** Counts the calls of a world's store. */
function countCalls({ store }: WatchWorld): () => number {
  let calls = 0;
  const { get, getMany, list } = store;
  store.get = (key) => (calls++, get(key));
  store.getMany = (keys) => (calls++, getMany(keys));
  store.list = (prefix, options) => (calls++, list(prefix, options));
  return () => calls;
}

Deno.test("a page of the list costs four calls of the store, however many batches there are", async () => {
  const world = await setUpWatch();
  await seedBatches(world, 400);
  const calls = countCalls(world);
  const { batches } = await (await world.get("/", { headers: AS_PROGRAM })).json();
  assertEquals([batches.length, calls()], [25, 4]);
});

Deno.test("batches that are gone leave no gap in the list, and no page reads on and on for them", async () => {
  const world = await setUpWatch();
  await seedBatches(world, 60);
  for (let index = 20; index < 55; index++) await remove(world.store, batchKey(`batch-${index}`));
  const startMs = world.clock.nowMs() + 1_000_000;
  for (let index = 0; index < 500; index++) {
    await put(world.store, recentKey(startMs + index, `gone-${index}`), "simulate");
  }
  const calls = countCalls(world);
  const seen: string[] = [];
  let path: string | undefined = "/";
  while (path !== undefined) {
    const before = calls();
    const list: ListDocument = await (await world.get(path, { headers: AS_PROGRAM })).json();
    seen.push(...list.batches.map(({ batchId }) => batchId));
    assert(calls() - before <= 20, `${calls() - before} calls`);
    path = list.links.next?.slice(BASE_URL.length);
  }
  const left = [59, 58, 57, 56, 55, ...Array.from({ length: 20 }, (_, index) => 19 - index)];
  assertEquals(seen, left.map((index) => `batch-${index}`));
});
