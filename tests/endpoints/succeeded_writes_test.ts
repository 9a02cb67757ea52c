/**
 * A write that has succeeded is a success: it is sent once, and whatever body comes with it, the caller has what it needs.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  accessToken,
  type Client,
  ComputeNetworkError,
  createClient,
  deleteEndpoint,
  deleteFunction,
  registerEndpoint,
  stopEndpoint,
} from "../../mod.ts";
import { createObservedFetch } from "../support/observed_fetch.ts";
import { ManualClock } from "../support/manual_clock.ts";

const ID = "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718";
const LOCK = `POST /v3/endpoints/${ID}/lock`;

/** Writes whose answer has nothing that the caller cannot do without, and what they come to without a body. */
const WRITES: readonly [route: string, call: (client: Client) => Promise<unknown>, expected: unknown][] = [
  [`DELETE /v2/functions/${ID}`, (client) => deleteFunction(client, ID), undefined],
  [`DELETE /v3/endpoints/${ID}`, (client) => deleteEndpoint(client, ID), undefined],
  [LOCK, (client) => stopEndpoint(client, ID), { endpointId: ID }],
  [
    `PUT /v3/endpoints/${ID}`,
    (client) => registerEndpoint(client, { name: "lab", endpointId: ID }),
    { endpointId: ID, warnings: [] },
  ],
];

const ANSWERS: Record<string, () => Response> = {
  "204": () => new Response(null, { status: 204 }),
  "200 with an empty body": () => new Response("", { headers: { "content-type": "application/json" } }),
  "205": () => new Response(null, { status: 205 }),
  "202 with half a document": () => new Response('{"result": 3', { status: 202 }),
  "200 with a page of a proxy": () => new Response("<html></html>"),
  "200 with null": () => new Response("null"),
  "200 with a list": () => new Response("[]"),
  "200 with a body that breaks off": () =>
    new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) })),
  "200 with a body that does not come": () => new Response(new ReadableStream()),
};

/** A client that sends again, as any does. */
function setUp() {
  const fetch = createObservedFetch();
  const clock = new ManualClock();
  const baseUrl = "https://compute.example.org";
  return { fetch, clock, client: createClient({ authorizer: accessToken("t"), baseUrl, fetch, clock }) };
}

for (const [route, call, expected] of WRITES) {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    Deno.test(`${route} that is answered with ${name} has succeeded, and is sent once`, async () => {
      const { client, fetch, clock } = setUp();
      fetch.queue(route, answer());
      const startMs = clock.nowMs();
      assertEquals(await clock.runUntil(call(client)), expected);
      assert(clock.nowMs() - startMs <= 5_000, `${clock.nowMs() - startMs} ms`);
      assertEquals([fetch.sent.length, clock.sleeping], [1, 0]);
    });
  }
}

Deno.test("a body that nobody needs is given up, and its connection with it", async () => {
  for (const [route, call] of WRITES) {
    const { client, fetch, clock } = setUp();
    let isCancelled = false;
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    fetch.queue(route, new Response(body));
    await clock.runUntil(call(client));
    assertEquals(isCancelled, true, route);
  }
});

for (
  const [value, expected] of [
    [1790000600.25, "2026-09-21T14:23:20.250Z"],
    ["1790000600.25", "2026-09-21T14:23:20.250Z"],
    ["2026-09-21T14:23:20.250000", "2026-09-21T14:23:20.250Z"],
    ["2026-09-21 14:23:20", "2026-09-21T14:23:20.000Z"],
    ["2026-09-21T16:23:20+02:00", "2026-09-21T14:23:20.000Z"],
    [0, "1970-01-01T00:00:00.000Z"],
    ["", undefined],
    [" ", undefined],
    ["soon", undefined],
    [null, undefined],
    [true, undefined],
    [1e300, undefined],
    [{ seconds: 1 }, undefined],
    [undefined, undefined],
  ] as const
) {
  Deno.test(`stopEndpoint() reads ${JSON.stringify(value)} as the end of the lock`, async () => {
    const { client, fetch } = setUp();
    fetch.queue(LOCK, Response.json({ endpoint_id: ID, lock_expiration_timestamp: value }));
    const { expiresAt } = await stopEndpoint(client, ID);
    assertEquals(expiresAt?.toISOString(), expected);
  });
}

Deno.test("a caller that leaves while a body is read is let go", async () => {
  const { client, fetch } = setUp();
  const stop = new AbortController();
  const body = new ReadableStream({ pull: () => stop.abort(new Error("enough")) }, { highWaterMark: 0 });
  fetch.queue(LOCK, new Response(body));
  await assertRejects(() => stopEndpoint(client, ID, { signal: stop.signal }), Error, "enough");
});

Deno.test("a creation whose answer lacks the id is no success: nothing else tells it, and it is not sent again", async () => {
  const { client, fetch, clock } = setUp();
  fetch.queue("POST /v3/endpoints", new Response(null, { status: 204 }));
  const call = registerEndpoint(client, { name: "lab" });
  await clock.runUntil(assertRejects(() => call, ComputeNetworkError, "empty body"));
  assertEquals(fetch.sent.length, 1);
});
