/** Proves that a submission warns of an endpoint that is offline, and never waits for its status. */
import { assertEquals } from "@std/assert";
import { batchRun, callFunction, type Client, type ComputeWarning } from "../../mod.ts";
import { json, never } from "../support/observed_fetch.ts";
import {
  BATCH_STATUS,
  ENDPOINT_ID,
  ENDPOINT_STATUS,
  id,
  receipt,
  setUp,
  statusOf,
  SUBMIT,
  success,
} from "../support/task_helpers.ts";

const CALL = { endpointId: ENDPOINT_ID, functionId: id(7), args: [1] };
const BATCH = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7) }] };
const OFFLINE: ComputeWarning = {
  kind: "endpointOffline",
  endpointId: ENDPOINT_ID,
  message: `Endpoint ${ENDPOINT_ID} is offline: its tasks wait until it is back`,
};

function setUpWarnings() {
  const warnings: ComputeWarning[] = [];
  const world = setUp({ onWarning: (warning) => void warnings.push(warning) });
  answerTasks(world.fetch);
  return {
    ...world,
    warnings,
    asks: () => world.fetch.sent.filter(({ route }) => route === ENDPOINT_STATUS).length,
  };
}

function answerTasks(fetch: ReturnType<typeof setUp>["fetch"]): void {
  fetch.always(SUBMIT, () => receipt({ [id(7)]: [id(1)] }));
  fetch.always(BATCH_STATUS, statusOf({ [id(1)]: success(1) }));
}

const SUBMISSIONS: readonly [string, (client: Client) => Promise<unknown>][] = [
  ["batchRun()", (client) => batchRun(client, BATCH)],
  ["callFunction()", (client) => callFunction(client, CALL)],
];

for (const [name, submit] of SUBMISSIONS) {
  Deno.test(`${name} warns where the endpoint is offline, and submits`, async () => {
    const { client, clock, fetch, warnings } = setUpWarnings();
    fetch.queue(ENDPOINT_STATUS, json({ status: "offline" }));
    await clock.runUntil(submit(client));
    assertEquals([warnings, fetch.bodies(SUBMIT).length, clock.sleeping], [[OFFLINE], 1, 0]);
    fetch.assertExhausted();
  });

  Deno.test(`${name} does not warn where the endpoint is online`, async () => {
    const { client, clock, fetch, warnings, asks } = setUpWarnings();
    fetch.queue(ENDPOINT_STATUS, json({ status: "online" }));
    await clock.runUntil(submit(client));
    assertEquals([warnings, asks()], [[], 1]);
  });

  Deno.test(`${name} does not ask for the endpoint's status if nobody listens`, async () => {
    const { client, clock, fetch } = setUp();
    answerTasks(fetch);
    await clock.runUntil(submit(client));
    fetch.assertExhausted();
  });

  for (
    const [what, answer] of [
      ["fails", new Response(null, { status: 500 })],
      ["is refused", json({ detail: "no" }, { status: 403 })],
      ["is lost", new TypeError("fetch failed")],
      ["never comes", never],
      ["is of another shape", json([])],
    ] as const
  ) {
    Deno.test(`${name} goes on where the endpoint's status ${what}`, async () => {
      const { client, clock, fetch, warnings } = setUpWarnings();
      fetch.queue(ENDPOINT_STATUS, answer);
      await clock.runUntil(submit(client));
      assertEquals([warnings, fetch.bodies(SUBMIT).length, clock.sleeping], [[], 1, 0]);
    });
  }
}

Deno.test("a client asks and warns every 30 seconds at most", async () => {
  const { client, clock, fetch, warnings, asks } = setUpWarnings();
  fetch.always(ENDPOINT_STATUS, () => json({ status: "offline" }));
  await clock.runUntil(Promise.all([batchRun(client, BATCH), batchRun(client, BATCH)]));
  await clock.advance(29_999);
  await clock.runUntil(batchRun(client, BATCH));
  assertEquals([asks(), warnings], [1, [OFFLINE]]);
  await clock.advance(1);
  await clock.runUntil(batchRun(client, BATCH));
  assertEquals([asks(), warnings], [2, [OFFLINE, OFFLINE]]);
});

Deno.test("an onWarning that throws harms no submission", async () => {
  const onWarning = () => {
    throw new Error("no");
  };
  const { client, clock, fetch } = setUp({ onWarning });
  answerTasks(fetch);
  fetch.queue(ENDPOINT_STATUS, json({ status: "offline" }));
  assertEquals((await clock.runUntil(batchRun(client, BATCH))).taskIds, [id(1)]);
});
