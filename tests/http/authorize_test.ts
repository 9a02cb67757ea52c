/** Proves when the client asks its authorizer, what a 401 leads to, and when a submission is in doubt. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type AuthorizeContext,
  type Authorizer,
  batchRun,
  type Client,
  ComputeAuthorizationError,
  ComputeHttpError,
  ComputeSubmissionError,
  createClient,
  getTask,
} from "../../mod.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";
import { createObservedFetch, json, type ObservedFetch } from "../support/observed_fetch.ts";
import { ENDPOINT_ID, id, receipt, SUBMIT, TASK } from "../support/task_helpers.ts";

const REFUSED = { code: "USER_UNAUTHENTICATED", detail: "expired" };
const BATCH = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7), args: ["ä"] }] };

interface World {
  client: Client;
  fetch: ObservedFetch;
  told: AuthorizeContext[];
}

/** A client whose authorizer brings these tokens, one after the other, and then the last one for ever. */
function setUpTokens(...tokens: string[]): World {
  const fetch = createObservedFetch();
  const told: AuthorizeContext[] = [];
  const authorizer: Authorizer = (request, context) => {
    told.push(context);
    request.headers.set("authorization", `Bearer ${tokens.length > 1 ? tokens.shift() : tokens[0]}`);
    return request;
  };
  const baseUrl = "https://compute.example.org";
  return {
    client: createClient({ authorizer, baseUrl, fetch, clock: new ManualClock(), maxAttempts: 1 }),
    fetch,
    told,
  };
}

function unauthorized(): Response {
  return json(REFUSED, { status: 401 });
}

Deno.test("an authorizer is asked once for each request, and told the client's fetch", async () => {
  const { client, fetch, told } = setUpTokens("a", "b");
  fetch.queue(TASK, json({ status: "running" }), json({ status: "running" }));
  await getTask(client, id(1));
  await getTask(client, id(1));
  assertEquals(fetch.sent.map(({ headers }) => headers.get("authorization")), ["Bearer a", "Bearer b"]);
  assertEquals(told.map(({ rejected }) => rejected), [undefined, undefined]);
  for (const context of told) assertStrictEquals(context.fetch, fetch);
  fetch.assertExhausted();
});

Deno.test("an authorizer may give another request than it was given", async () => {
  const fetch = createObservedFetch().queue(TASK, json({ status: "running" }));
  const authorizer: Authorizer = (request) =>
    Promise.resolve(new Request(request, { headers: { "x-signed": "yes" } }));
  await getTask(createClient({ authorizer, baseUrl: "https://compute.example.org", fetch }), id(1));
  assertEquals(fetch.sent[0]?.headers.get("x-signed"), "yes");
});

Deno.test("an authorizer that changes the address gets its credentials sent nowhere, and leaves no doubt", async () => {
  const elsewhere = [
    "https://evil.example",
    "https://compute.example.org.evil.example",
    "https://compute.example.org:8443",
    "http://compute.example.org",
  ];
  for (const origin of elsewhere) {
    for (const when of ["at first", "after a 401"]) {
      const fetch = createObservedFetch().queue(SUBMIT, unauthorized());
      const authorizer: Authorizer = (request, { rejected }) => {
        const authorized = when === "at first" || rejected ? new Request(origin, request) : request;
        authorized.headers.set("authorization", "Bearer topsecret");
        return authorized;
      };
      const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch });
      const error = await assertRejects(() => batchRun(client, BATCH), TypeError, `to ${origin}`);
      assertEquals(`${error.stack}`.includes("topsecret"), false);
      assertEquals(fetch.sent.map(({ url }) => url.origin), when === "at first" ? [] : [client.baseUrl]);
    }
  }
});

Deno.test("a 401 asks the authorizer once more, and sends the same body again", async () => {
  const { client, fetch, told } = setUpTokens("old", "new");
  fetch.queue(SUBMIT, unauthorized(), receipt({ [id(7)]: [id(1)] }));
  assertEquals((await batchRun(client, BATCH)).taskIds, [id(1)]);
  assertEquals(told.map(({ rejected }) => rejected?.headers.get("authorization")), [undefined, "Bearer old"]);
  assertEquals(fetch.sent.map(({ headers }) => headers.get("authorization")), ["Bearer old", "Bearer new"]);
  const [first, second] = fetch.sent;
  assertEquals(second?.text, first?.text);
  assertEquals(first?.text.includes(id(7)), true);
  assertEquals(second?.headers.get("content-type"), "application/json");
  assertEquals(second?.redirect, "manual");
  fetch.assertExhausted();
});

Deno.test("a second 401 is the end", async () => {
  const { client, fetch, told } = setUpTokens("a", "b", "c", "d");
  fetch.queue(TASK, unauthorized(), unauthorized());
  const error = await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError, "expired");
  assertEquals(error.status, 401);
  assertEquals([fetch.sent.length, told.length], [2, 2]);
});

Deno.test("a 401 is not tried again with the credentials that it refused", async () => {
  const { client, fetch, told } = setUpTokens("same");
  fetch.queue(TASK, unauthorized());
  await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError, "expired");
  assertEquals(told.map(({ rejected }) => rejected?.headers.get("authorization")), [
    undefined,
    "Bearer same",
  ]);
  assertEquals(fetch.sent.length, 1);
});

for (const status of [403, 407, 500]) {
  Deno.test(`status ${status} does not ask for other credentials`, async () => {
    const { client, fetch, told } = setUpTokens("a", "b");
    fetch.queue(TASK, json(REFUSED, { status }));
    await assertRejects(() => getTask(client, id(1)));
    assertEquals([fetch.sent.length, told.length], [1, 1]);
  });
}

Deno.test("what the second attempt meets is what the call meets", async () => {
  const { client, fetch } = setUpTokens("a", "b");
  fetch.queue(TASK, unauthorized(), json({}, { status: 500 }));
  assertEquals((await assertRejects(() => getTask(client, id(1)), ComputeHttpError)).status, 500);
});

Deno.test("a submission whose second attempt is lost is in doubt", async () => {
  const { client, fetch } = setUpTokens("a", "b");
  fetch.queue(SUBMIT, unauthorized(), new Error("connection reset"));
  await assertRejects(() => batchRun(client, BATCH), ComputeSubmissionError, "connection reset");
  assertEquals(fetch.sent.length, 2);
});

Deno.test("an authorizer's own failure is passed through, and nothing is sent", async () => {
  const fetch = createObservedFetch();
  const failure = new Error("vault is sealed");
  const authorizer: Authorizer = () => Promise.reject(failure);
  const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch });
  assertStrictEquals(await assertRejects(() => getTask(client, id(1))), failure);
  assertStrictEquals(await assertRejects(() => batchRun(client, BATCH)), failure);
  assertEquals(fetch.sent.length, 0);
});

Deno.test("an authorizer that fails after a 401 leaves no doubt about a submission", async () => {
  const fetch = createObservedFetch().queue(SUBMIT, unauthorized());
  const failure = new Error("vault is sealed");
  const authorizer: Authorizer = (request, { rejected }) => rejected ? Promise.reject(failure) : request;
  const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch });
  assertStrictEquals(await assertRejects(() => batchRun(client, BATCH)), failure);
});

Deno.test("an authorizer's signal ends with the call, and a submission that waits for it is not in doubt", async () => {
  const fetch = createObservedFetch();
  let told: AbortSignal | undefined;
  const authorizer: Authorizer = (_, { signal }) => {
    told = signal;
    return new Promise(() => {});
  };
  const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch });
  const caller = new AbortController();
  const reason = new Error("no longer needed");
  const call = assertRejects(() => batchRun(client, BATCH, { signal: caller.signal }));
  await settle();
  caller.abort(reason);
  assertStrictEquals(await call, reason);
  assertStrictEquals(told?.reason, reason);
  assertEquals(fetch.sent.length, 0);
});
