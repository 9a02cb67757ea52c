/** `/readyz` tries what a delivery needs: a write to the store. It is bounded in time and in rate. */
import { listAll } from "../../src/store/writes.ts";
import { assert, assertEquals } from "@std/assert";
import { memoryStore, type Store } from "../../mod.ts";
import { startEdgeServer } from "../../edge/server.ts";
import { createHooks } from "../../edge/hooks.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { directories } from "../support/directories.ts";
import { type Edge, setUpEdge, told } from "./edge_helpers.ts";
import { NOW_MS } from "./verify/deliveries.ts";

const READYZ = "https://hooks.example.org/readyz";

/** A store of which a test changes parts, and what has been called. */
function changed(parts: Partial<Store>): { store: Store; calls: string[] } {
  const calls: string[] = [];
  const inner = memoryStore({ clock: new ManualClock(NOW_MS) });
  const store = new Proxy({ ...inner, ...parts }, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { store, calls };
}

const ready = async (edge: Edge) => await told(await edge.handler(new Request(READYZ)));
const readOnly = () => Promise.reject(new Error("attempt to write a readonly database"));

Deno.test("/readyz writes to the store, and leaves nothing in it", async () => {
  const { store, calls } = changed({});
  await using edge = await setUpEdge({ store });
  assertEquals(await ready(edge), { status: 200, body: { status: "pass" } });
  assertEquals(calls, ["commit", "commit"]);
  for await (const key of listAll(edge.store, "")) throw new Error(`${key} is in the store`);
});

for (
  const [name, commit] of [
    ["that can be read alone", readOnly],
    [
      "from which nothing can be removed",
      (changes) => changes.some(({ value }) => value === null) ? readOnly() : Promise.resolve(true),
    ],
    ["that says no to a new key", () => Promise.resolve(false)],
  ] as [string, Store["commit"]][]
) {
  Deno.test(`/readyz says 503 of a store ${name}, and tells the operator once`, async () => {
    await using edge = await setUpEdge({ store: changed({ commit }).store });
    for (let n = 0; n < 3; n++) {
      const response = await edge.handler(new Request(READYZ));
      assertEquals([response.status, response.headers.get("content-type")], [
        503,
        "application/problem+json",
      ]);
      assertEquals(response.headers.get("retry-after"), "5");
      const { type } = await response.json();
      assertEquals(type, "urn:edge-compute:problem:not-ready");
    }
    const [event, ...more] = edge.events;
    assertEquals([event?.kind, more.length], ["deliveryRefused", 0]);
    assert(event?.kind === "deliveryRefused" && event.cause === "the store cannot be written");
    assert(event.error instanceof Error);
    const live = await edge.handler(new Request("https://hooks.example.org/livez"));
    assertEquals((await told(live)).status, 200);
  });
}

Deno.test("/readyz says 503 of a store that hangs, in time, and asks it for no more meanwhile", async () => {
  const { store, calls } = changed({ commit: () => new Promise(() => {}) });
  await using edge = await setUpEdge({ store });
  const probes = Array.from({ length: 50 }, () => ready(edge));
  while (edge.clock.sleeping === 0) await settle();
  await edge.clock.advance(4_999);
  assertEquals(await Promise.race([...probes, Promise.resolve("waits")]), "waits");
  await edge.clock.advance(1);
  assertEquals((await Promise.all(probes)).map(({ status }) => status), Array(50).fill(503));
  assertEquals(calls, ["commit"]);
});

Deno.test("/readyz is asked by many at once, and for seconds: the store gets one write", async () => {
  const { store, calls } = changed({});
  await using edge = await setUpEdge({ store });
  const probes = await Promise.all(Array.from({ length: 200 }, () => ready(edge)));
  assertEquals(new Set(probes.map(({ status }) => status)), new Set([200]));
  await edge.clock.advance(2_999);
  await ready(edge);
  assertEquals(calls.length, 2);
  await edge.clock.advance(1);
  await ready(edge);
  assertEquals(calls.length, 4);
});

Deno.test("/readyz sees a store that recovers, and one that fails, also after the clock was set back", async () => {
  let isBroken = false;
  const { store } = changed({});
  const { store: flaky } = changed({
    ...store,
    commit: (changes) => isBroken ? readOnly() : store.commit(changes),
  });
  await using edge = await setUpEdge({ store: flaky });
  const { clock } = edge;
  assertEquals((await ready(edge)).status, 200);
  isBroken = true;
  assertEquals((await ready(edge)).status, 200); // Still from before.
  await clock.advance(3_000);
  assertEquals((await ready(edge)).status, 503);
  isBroken = false;
  clock.step(-3_600_000);
  await clock.advance(3_000);
  assertEquals((await ready(edge)).status, 200);
});

Deno.test("/readyz of serve says 503 on a store that cannot be opened, and 200 on one that can", async () => {
  await using made = await directories();
  const ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
  const env = {
    EDGE_BASE_URL: "https://hooks.example.org",
    EDGE_LINK_SECRETS: "a".repeat(32),
    GLOBUS_COMPUTE_ACCESS_TOKEN: "token",
    GITHUB_WEBHOOK_SECRETS: "s3cret-of-github",
    COMPUTE_ENDPOINT_ID: ID,
    COMPUTE_FUNCTION_ID: ID,
  };
  for (
    const [storeFile, expected] of [[`${made.path}/none/store`, 503], [`${made.path}/store`, 200]] as const
  ) {
    const server = await startEdgeServer({ env, createHooks, storeFile, port: 0, onLine() {} });
    try {
      const response = await fetch(`http://127.0.0.1:${server.port}/readyz`);
      assertEquals(response.status, expected, await response.text());
    } finally {
      await server.close();
    }
  }
});
