/**
 * What of the caller's never answers (an authorizer, a fetch, a store, a cache, a callback) ends by its own time, and
 * holds nothing that others share: the poll of a client, a submission that travels together, the renewal of a token.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Authorizer,
  callFunction,
  clientCredentials,
  ComputeAuthorizationError,
  ComputeNetworkError,
  ComputeTimeoutError,
  createClient,
  memoryStore,
  registerSource,
  type Store,
  waitForBatch,
} from "../../mod.ts";
import { ask, setUpAuth, STATUS } from "../auth/auth_helpers.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { json } from "../support/observed_fetch.ts";
import { untilSettled } from "../support/until.ts";
import { BATCH_STATUS, ENDPOINT_ID, id, setUp, statusOf, SUBMIT, success } from "../support/task_helpers.ts";

const hang = () => new Promise<never>(() => {});

Deno.test("an authorizer that never answers once does not hold the poll: the next attempt asks it again", async () => {
  let asked = 0;
  const authorizer: Authorizer = (request) => ++asked === 1 ? hang() : request;
  const { client, fetch, clock } = setUp({ authorizer });
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1), [id(2)]: success(2) }));
  const startMs = clock.monotonicMs();
  const first = waitForBatch(client, [id(1)]);
  await clock.advance(30_000);
  const second = waitForBatch(client, [id(2)], { timeoutMs: 120_000 });
  const outcomes = await clock.runUntil(Promise.all([first, second]));
  assertEquals(outcomes.flat().map(({ state }) => state), ["success", "success"]);
  const tookMs = clock.monotonicMs() - startMs;
  assert(tookMs > 60_000 && tookMs < 75_000, `${tookMs}`);
  assertEquals([asked >= 2, clock.sleeping], [true, 0]);
});

Deno.test("a call whose authorizer never answers ends by itself, and says so", async () => {
  const { client, clock } = setUp({ authorizer: hang });
  const error = await assertRejects(() => clock.runUntil(ask(client)), ComputeNetworkError);
  assertEquals(
    error.message,
    `${STATUS} failed: the authorizer has not answered within 60 s`,
  );
  const bounded = waitForBatch(client, [id(1)], { timeoutMs: 500 });
  await assertRejects(() => clock.runUntil(bounded), ComputeTimeoutError);
  await clock.advance(120_000); // The poll has ended, too.
  assertEquals(clock.sleeping, 0);
});

Deno.test("calls whose submission an authorizer holds are rejected, and later ones travel", async () => {
  let isStuck = true;
  const { client, fetch, clock } = setUp({ authorizer: (request) => isStuck ? hang() : request });
  const functionId = id(7);
  fetch.always(
    SUBMIT,
    () =>
      json({
        request_id: "r",
        task_group_id: id(9),
        endpoint_id: ENDPOINT_ID,
        tasks: { [functionId]: [id(1)] },
      }),
  );
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(42) }));
  const call = { endpointId: ENDPOINT_ID, functionId, args: [] };
  await assertRejects(() => clock.runUntil(callFunction(client, call)), ComputeNetworkError);
  isStuck = false;
  assertEquals(await clock.runUntil(callFunction(client, call)), 42);
  assertEquals(fetch.sent.filter(({ route }) => route === SUBMIT).length, 1);
});

Deno.test("an authorizer that never says who it acts for does not hold a refusal back", async () => {
  const authorizer: Authorizer = Object.assign((request: Request) => request, { identify: hang });
  const { client, fetch, clock } = setUp({ authorizer });
  fetch.always(STATUS, () => json({ code: "FORBIDDEN", detail: "no" }, { status: 403 }));
  const error = await assertRejects(() => clock.runUntil(ask(client)), ComputeAuthorizationError);
  assertEquals([error.status, clock.sleeping], [403, 0]);
});

Deno.test("an authorizer that never names its account holds a registration no longer than its time", async () => {
  const authorizer: Authorizer = Object.assign((request: Request) => request, { account: hang });
  const { client, clock } = setUp({ authorizer });
  const registering = registerSource(client, { source: "def f():\n    pass\n" }, { timeoutMs: 1_000 });
  await assertRejects(() => clock.runUntil(registering), ComputeTimeoutError);
  assertEquals(clock.sleeping, 0);
});

Deno.test("a fetch that does not settle when it is aborted holds neither its call nor the poll", async () => {
  let asked = 0;
  const clock = new ManualClock();
  const client = createClient({
    authorizer: (request) => request,
    baseUrl: "https://compute.example.org",
    clock,
    fetch: async (request) => {
      if (++asked === 1) return await hang(); // It does not look at its signal.
      await request.body?.cancel();
      return json({ response: "batch", results: { [id(1)]: { task_id: id(1), ...success(1) } } });
    },
  });
  const [outcome] = await clock.runUntil(waitForBatch(client, [id(1)], { timeoutMs: 300_000 }));
  assertEquals([outcome?.state, clock.sleeping], ["success", 0]);
});

for (const broken of ["commit", "getMany"] as const) {
  Deno.test(`a store whose ${broken}() never answers holds no result back, and not the poll`, async () => {
    const kept = memoryStore();
    let isStuck = false;
    const store: Store = {
      ...kept,
      [broken]: (all: never) => isStuck ? hang() : kept[broken](all),
    };
    const warnings: string[] = [];
    const { client, fetch, clock } = setUp({
      store,
      onWarning: ({ message }) => void warnings.push(message),
    });
    fetch.always(
      BATCH_STATUS,
      statusOf({
        [id(1)]: broken === "commit" ? success(1) : { status: "Failed", reason: "Unknown task id" },
        [id(2)]: success(2),
      }),
    );
    const wait = waitForBatch(client, [id(1), id(2)]);
    await settle();
    isStuck = true;
    const outcomes = await clock.runUntil(wait);
    assertEquals(outcomes.map(({ state }) => state), [
      broken === "commit" ? "success" : "notFound",
      "success",
    ]);
    assert(warnings.some((message) => message.includes("stored")), warnings.join());
    assertEquals(clock.sleeping, 0);
  });
}

Deno.test("a cache of tokens that never answers is passed over", async () => {
  const world = setUpAuth();
  const calls: string[] = [];
  const stuck = (name: string) => () => {
    calls.push(name);
    return hang();
  };
  const cache = { get: stuck("get"), commit: stuck("commit") };
  const client = world.connect(clientCredentials({ clientId: "id", clientSecret: "secret", cache }));
  const asked = ask(client);
  for (const name of ["get", "commit"]) {
    await untilSettled(name, () => calls.includes(name)); // The digest and the request take time of their own.
    await world.clock.advance(5_000);
  }
  await asked;
  await ask(client);
  assertEquals([world.grants().length, calls, world.clock.sleeping], [1, ["get", "commit"], 0]);
});

Deno.test("a token endpoint that never answers is given up, and asked again by the next call", async () => {
  const world = setUpAuth();
  let isStuck = true;
  const client = createClient({
    authorizer: clientCredentials({ clientId: "id", clientSecret: "secret" }),
    baseUrl: "https://compute.example.org",
    clock: world.clock,
    maxAttempts: 1,
    fetch: (request) => isStuck && request.url.includes("oauth2") ? hang() : world.fetch(request),
  });
  await assertRejects(() => world.clock.runUntil(ask(client)), ComputeAuthorizationError);
  isStuck = false;
  await world.clock.advance(120_000); // The renewal that all calls share has ended.
  await ask(client);
  assertEquals([world.grants().length, world.clock.sleeping], [1, 0]);
});

Deno.test("callbacks that never answer are not waited for", async () => {
  const { client, fetch, clock } = setUp({ onEvent: hang, onWarning: hang });
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
  const [outcome] = await clock.runUntil(waitForBatch(client, [id(1)], { onProgress: hang }));
  assertEquals(outcome?.state, "success");
});
