/** Proves that a client registers the same source once, and again when anything about it is different. */
import { listAll } from "../../src/store/writes.ts";
import { assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  type Authorizer,
  batchRun,
  ComputeHttpError,
  deleteFunction,
  memoryStore,
  registerSource,
  type Store,
} from "../../mod.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { json, type ObservedFetch } from "../support/observed_fetch.ts";
import { ENDPOINT_ID, id, setUp, SUBMIT } from "../support/task_helpers.ts";

const REGISTER = "POST /v3/functions";
const DELETE = `DELETE /v2/functions/${id(1)}`;
const SOURCE = "def double(x):\n    return 2 * x\n";
const DAY_MS = 24 * 3600 * 1000;

/** Clients that share a store and a service, which counts its functions. */
function setUpStore() {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  let count = 0;
  const connect = (baseUrl?: string, authorizer: Authorizer = accessToken("token")) => {
    const world = setUp({ store, clock, authorizer, ...(baseUrl === undefined ? {} : { baseUrl }) });
    world.fetch.always(REGISTER, () => json({ function_uuid: id(++count) }));
    return world;
  };
  return { clock, store, connect };
}

const registrations = (fetch: ObservedFetch) => fetch.bodies(REGISTER).length;

Deno.test("the same source is registered once by a client", async () => {
  const { client, fetch } = setUpStore().connect();
  assertEquals(await registerSource(client, { source: SOURCE }), id(1));
  assertEquals(await registerSource(client, { source: SOURCE }), id(1));
  assertEquals(registrations(fetch), 1);
});

Deno.test("the same source is registered once by clients with one store", async () => {
  const { connect } = setUpStore();
  assertEquals(await registerSource(connect().client, { source: SOURCE }), id(1));
  const { client, fetch } = connect();
  assertEquals(await registerSource(client, { source: SOURCE }), id(1));
  assertEquals(fetch.sent.length, 0);
});

Deno.test("the same source is registered once by concurrent calls", async () => {
  const { client, fetch } = setUpStore().connect();
  const calls = Array.from({ length: 20 }, () => registerSource(client, { source: SOURCE }));
  assertEquals(new Set(await Promise.all(calls)), new Set([id(1)]));
  assertEquals(registrations(fetch), 1);
});

Deno.test("a registration that failed is made again", async () => {
  const { client, fetch } = setUpStore().connect();
  fetch.queue(REGISTER, new Response(null, { status: 400 }));
  const settled = await Promise.allSettled([
    registerSource(client, { source: SOURCE }),
    registerSource(client, { source: SOURCE }),
  ]);
  assertEquals(settled.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assertEquals(registrations(fetch), 2);
});

for (
  const [name, other] of [
    ["another source", { source: `${SOURCE}\n` }],
    ["another name", { source: SOURCE, name: "other" }],
    ["another description", { source: SOURCE, description: "Twice" }],
    ["another group", { source: SOURCE, group: id(50) }],
    ["public", { source: SOURCE, public: true }],
    ["another endpoint", { source: SOURCE, haEndpointId: ENDPOINT_ID }],
    ["other metadata", { source: SOURCE, metadata: { pythonVersion: "3.12.0" } }],
  ] as const
) {
  Deno.test(`a source with ${name} is registered again`, async () => {
    const { client } = setUpStore().connect();
    assertEquals(await registerSource(client, { source: SOURCE }), id(1));
    assertEquals(await registerSource(client, other), id(2));
    assertEquals(await registerSource(client, { source: SOURCE }), id(1));
  });
}

Deno.test("a source is registered again at another address", async () => {
  const { connect } = setUpStore();
  assertEquals(await registerSource(connect().client, { source: SOURCE }), id(1));
  assertEquals(await registerSource(connect("https://other.example.org").client, { source: SOURCE }), id(2));
});

Deno.test("a source is registered again after a month", async () => {
  const { clock, connect } = setUpStore();
  const { client } = connect();
  await registerSource(client, { source: SOURCE });
  await clock.advance(30 * DAY_MS - 1);
  assertEquals(await registerSource(client, { source: SOURCE }), id(1));
  await clock.advance(1);
  assertEquals(await registerSource(client, { source: SOURCE }), id(2));
});

Deno.test("deleteFunction() makes the same source be registered again", async () => {
  const { store, connect } = setUpStore();
  const { client, fetch } = connect();
  await registerSource(client, { source: SOURCE });
  fetch.queue(DELETE, new Response(null, { status: 403 }), json({ result: 302 }));
  await assertRejects(() => deleteFunction(client, id(1)));
  assertEquals(await registerSource(client, { source: SOURCE }), id(1)); // It is still there.
  await deleteFunction(client, id(1).toUpperCase());
  for await (const key of listAll(store, "")) throw new Error(`Left behind: ${key}`);
  assertEquals(await registerSource(client, { source: SOURCE }), id(2));
});

Deno.test("what is noted of a function is one commit, and so is taking it back", async () => {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const commits: number[] = [];
  const commit: Store["commit"] = (changes) => (commits.push(changes.length), store.commit(changes));
  const { client, fetch } = setUp({ store: { ...store, commit }, clock });
  fetch.queue(REGISTER, json({ function_uuid: id(1) })).always(DELETE, () => json({ result: 302 }));
  await registerSource(client, { source: SOURCE });
  assertEquals(commits, [2]);
  await deleteFunction(client, id(1));
  assertEquals([commits, await store.list("")], [[2, 2], []]);
  await deleteFunction(client, id(1)); // Nothing is noted of it.
  assertEquals(commits, [2, 2]);
});

for (const [code, next] of [["FUNCTION_NOT_FOUND", id(2)], ["ENDPOINT_NOT_FOUND", id(1)]] as const) {
  Deno.test(`a function is ${next === id(1) ? "kept" : "forgotten"} after ${code} at a submission`, async () => {
    const { client, fetch, clock } = setUpStore().connect();
    const functionId = await registerSource(client, { source: SOURCE });
    fetch.queue(SUBMIT, json({ code, reason: "not found" }, { status: 404 }));
    const submit = () => batchRun(client, { endpointId: ENDPOINT_ID, tasks: [{ functionId }] });
    await clock.runUntil(assertRejects(submit, ComputeHttpError));
    assertEquals(await registerSource(client, { source: SOURCE }), next);
  });
}

Deno.test("accounts that share a store register functions of their own", async () => {
  const { connect } = setUpStore();
  const as = (token: string) =>
    registerSource(connect(undefined, accessToken(token)).client, { source: SOURCE });
  assertEquals([await as("ada"), await as("bob"), await as("ada")], [id(1), id(2), id(1)]);
});
