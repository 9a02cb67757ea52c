/** Proves how `clientCredentials()` gets, shares, caches and renews its token, and what it says when it cannot. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { batchRun, clientCredentials, ComputeAuthorizationError, memoryStore } from "../../mod.ts";
import { json, never } from "../support/observed_fetch.ts";
import { ENDPOINT_ID, id, receipt, SUBMIT } from "../support/task_helpers.ts";
import {
  ask,
  COMPUTE_SCOPE,
  oauthError,
  setUpAuth,
  shown,
  STATUS,
  TOKEN,
  unauthorized,
  untilSentCount,
} from "./auth_helpers.ts";

const OPTIONS = { clientId: "5f2f3f0c-id", clientSecret: "s3cret+/:=&ä" };
const HOUR_MS = 3_600_000;

Deno.test("clientCredentials() asks Globus Auth for a token for Compute, and uses it until it ends", async () => {
  const { connect, fetch, grants, bearers, clock } = setUpAuth();
  const client = connect(clientCredentials(OPTIONS));
  await ask(client);
  await clock.advance(47 * HOUR_MS);
  await ask(client);
  assertEquals(grants(), [{ grant_type: "client_credentials", scope: COMPUTE_SCOPE }]);
  const [sent] = fetch.sent;
  assertEquals(sent?.url.href, "https://auth.globus.org/v2/oauth2/token");
  assertEquals(sent?.redirect, "manual");
  // As they are, as Globus' own clients send them; RFC 6749, section 2.3.1, has them form-encoded.
  const [scheme, basic = ""] = (sent?.headers.get("authorization") ?? "").split(" ");
  const bytes = Uint8Array.from(atob(basic), (character) => character.charCodeAt(0));
  assertEquals([scheme, new TextDecoder().decode(bytes)], ["Basic", "5f2f3f0c-id:s3cret+/:=&ä"]);
  assertEquals(bearers(), ["token-1", "token-1"]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("clientCredentials() renews a token a minute before it ends, and not sooner", async () => {
  const { connect, bearers, clock } = setUpAuth();
  const client = connect(clientCredentials(OPTIONS));
  await ask(client);
  await clock.advance(48 * HOUR_MS - 60_001);
  await ask(client);
  await clock.advance(1);
  await ask(client);
  assertEquals(bearers(), ["token-1", "token-1", "token-2"]);
});

Deno.test("clientCredentials() renews a token of a few seconds after half of them", async () => {
  const { connect, bearers, clock } = setUpAuth({ expires_in: 10 });
  const client = connect(clientCredentials(OPTIONS));
  for (let i = 0; i < 3; i++) {
    await ask(client);
    await clock.advance(4_999);
  }
  assertEquals(bearers(), ["token-1", "token-1", "token-2"]);
});

Deno.test("clientCredentials() uses a token without an end until it is refused", async () => {
  const { connect, bearers, clock, good } = setUpAuth({ expires_in: undefined });
  const client = connect(clientCredentials(OPTIONS));
  await ask(client);
  await clock.advance(1000 * HOUR_MS);
  await ask(client);
  good.clear();
  await ask(client);
  assertEquals(bearers(), ["token-1", "token-1", "token-1", "token-2"]);
});

Deno.test("50 calls at once make one request for a token", async () => {
  const { connect, grants, clock } = setUpAuth();
  const client = connect(clientCredentials(OPTIONS));
  await Promise.all(Array.from({ length: 50 }, () => ask(client)));
  await clock.advance(48 * HOUR_MS);
  await Promise.all(Array.from({ length: 50 }, () => ask(client)));
  assertEquals(grants().length, 2);
});

Deno.test("50 calls with a revoked token make one request for a token, and all succeed", async () => {
  const { connect, grants, bearers, good } = setUpAuth();
  const client = connect(clientCredentials(OPTIONS));
  await ask(client);
  good.clear();
  const states = await Promise.all(Array.from({ length: 50 }, () => ask(client)));
  assertEquals(new Set(states), new Set(["online"]));
  assertEquals(grants().length, 2);
  assertEquals(bearers().filter((token) => token === "token-2").length, 50);
});

Deno.test("a call that learns late that its token was revoked uses the one that is there by then", async () => {
  const { connect, grants, fetch, good } = setUpAuth();
  const client = connect(clientCredentials(OPTIONS));
  await ask(client);
  let answerLate = () => {};
  const late = new Promise<Response>((resolve) => answerLate = () => resolve(unauthorized()));
  fetch.queue(STATUS, () => late);
  const slow = ask(client);
  await untilSentCount(fetch, 3);
  good.clear();
  await ask(client);
  answerLate();
  await slow;
  assertEquals(grants().length, 2);
});

Deno.test("a token that is refused when it is new ends the call: there is no loop", async () => {
  const { connect, grants, bearers, fetch } = setUpAuth();
  fetch.always(STATUS, unauthorized);
  const error = await assertRejects(
    () => ask(connect(clientCredentials(OPTIONS))),
    ComputeAuthorizationError,
  );
  assertEquals(error.status, 401);
  assertEquals([grants().length, bearers()], [2, ["token-1", "token-2"]]);
});

Deno.test("clients share the value of a token, and no request for one", async () => {
  const { connect, grants, fetch, clock } = setUpAuth();
  const authorizer = clientCredentials(OPTIONS);
  fetch.queue(TOKEN, never);
  const caller = new AbortController();
  const stuck = connect(authorizer);
  const first = assertRejects(() =>
    import("../../mod.ts").then(({ getTask }) => getTask(stuck, id(1), caller))
  );
  await untilSentCount(fetch, 1);
  await ask(connect(authorizer)); // Waits for nothing of the other client.
  caller.abort(new Error("enough"));
  assertEquals(((await first) as Error).message, "enough");
  await ask(stuck);
  assertEquals(grants().length, 2);
  await clock.advance(10 * HOUR_MS); // The stuck request ends by its own deadline.
  assertEquals(clock.sleeping, 0);
});

Deno.test("a cache is shared by authorizers of the same client, and by no others", async () => {
  const { connect, bearers } = setUpAuth();
  const cache = memoryStore();
  const other = { ...OPTIONS, cache };
  await ask(connect(clientCredentials(other)));
  await ask(connect(clientCredentials(other)));
  await ask(connect(clientCredentials({ ...other, clientId: "another" })));
  await ask(connect(clientCredentials({ ...other, clientSecret: "guessed" })));
  await ask(connect(clientCredentials({ ...other, scopes: [COMPUTE_SCOPE, "openid"] })));
  await ask(connect(clientCredentials({ ...other, issuer: "https://auth.example.org" })));
  assertEquals(bearers(), ["token-1", "token-1", "token-2", "token-3", "token-4", "token-5"]);
  const keys = await cache.list("");
  assertEquals(keys.length, 5);
  assertEquals(keys.join().includes(OPTIONS.clientSecret), false);
});

Deno.test("a token without an end is in the cache until it is refused", async () => {
  const { connect, bearers, good } = setUpAuth({ expires_in: undefined });
  const cache = memoryStore();
  for (let turn = 0; turn < 2; turn++) await ask(connect(clientCredentials({ ...OPTIONS, cache })));
  assertEquals(bearers(), ["token-1", "token-1"]);
  good.clear();
  await ask(connect(clientCredentials({ ...OPTIONS, cache })));
  assertEquals(bearers().at(-1), "token-2");
});

Deno.test("a token of the cache that is refused, or has another's end, is not used", async () => {
  const { connect, bearers, good, clock } = setUpAuth();
  const cache = memoryStore();
  const connectNew = () => connect(clientCredentials({ ...OPTIONS, cache }));
  await ask(connectNew());
  good.clear();
  await ask(connectNew());
  assertEquals(bearers(), ["token-1", "token-1", "token-2"]);
  await clock.advance(48 * HOUR_MS - 60_000); // The cache tells the time by another clock.
  await ask(connectNew());
  assertEquals(bearers().at(-1), "token-3");
});

Deno.test("a cache that fails is passed over", async () => {
  const { connect, grants } = setUpAuth();
  const fail = () => Promise.reject(new Error("disk full"));
  const client = connect(clientCredentials({ ...OPTIONS, cache: { get: fail, commit: fail } }));
  await ask(client);
  await ask(client);
  assertEquals(grants().length, 1);
});

Deno.test("a cache that has something else is passed over", async () => {
  const noTokens = ["top\nsecret", "top secret", "topsecret€", "topsecret\u0000", ""];
  const values = noTokens.map((accessToken) => JSON.stringify({ accessToken }));
  for (const value of ["", "null", "[]", '{"accessToken":1}', "{", ...values]) {
    const { connect, grants } = setUpAuth();
    const cache = { get: () => Promise.resolve(value), commit: () => Promise.resolve(true) };
    await ask(connect(clientCredentials({ ...OPTIONS, cache })));
    assertEquals(grants().length, 1);
  }
});

Deno.test("of several tokens the Compute service's is used, wherever it stands", async () => {
  const other = {
    access_token: "of-auth",
    token_type: "Bearer",
    scope: "openid",
    resource_server: "auth.globus.org",
  };
  const compute = { ...other, access_token: "of-compute", resource_server: "funcx_service" };
  for (const answer of [{ ...other, other_tokens: [compute] }, { ...compute, other_tokens: [other] }]) {
    const { connect, bearers, fetch, good } = setUpAuth();
    good.add("of-compute");
    fetch.queue(TOKEN, json(answer));
    await ask(connect(clientCredentials({ ...OPTIONS, scopes: [COMPUTE_SCOPE, "openid"] })));
    assertEquals(bearers(), ["of-compute"]);
  }
});

for (
  const [name, answer, text] of [
    [
      "no token for Compute",
      () => json({ ...OTHER, other_tokens: [OTHER] }),
      "no token for the Compute service",
    ],
    [
      "a token that is none",
      () => json({ access_token: "leak this 1", token_type: "Bearer" }),
      "its 'access_token' is not a text, or has characters that no token has",
    ],
    ["no JSON", () => new Response("leak-this-1"), "its answer is not JSON"],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "/leak-this-1" } }),
      "status 302",
    ],
    ["a page", () => new Response("leak-this-1", { status: 404 }), "status 404"],
  ] satisfies [string, () => Response, string][]
) {
  Deno.test(`an answer of the token endpoint that cannot be used: ${name}`, async () => {
    const { connect, fetch, bearers } = setUpAuth();
    fetch.queue(TOKEN, answer());
    const error = await assertRejects(
      () => ask(connect(clientCredentials(OPTIONS))),
      ComputeAuthorizationError,
      text,
    );
    assertStringIncludes(error.message, "https://auth.globus.org/v2/oauth2/token");
    assertEquals(/leak.this/.test(shown(error)), false, shown(error));
    assertEquals(bearers(), []);
  });
}

Deno.test("a client that Globus Auth does not know is named, and where its id came from", async () => {
  const { connect, fetch } = setUpAuth();
  fetch.always(TOKEN, oauthError("invalid_client", `bad secret ${OPTIONS.clientSecret}`, 401));
  const error = await assertRejects(
    () => ask(connect(clientCredentials(OPTIONS))),
    ComputeAuthorizationError,
  );
  assertEquals(
    error.message,
    "Cannot get an access token: https://auth.globus.org does not know client '5f2f3f0c-id' " +
      "('clientId' of clientCredentials), or its secret is wrong (invalid_client: bad secret [redacted])",
  );
  assertEquals([error.status, error.serviceCode], [401, "invalid_client"]);
  assertEquals(shown(error).includes(OPTIONS.clientSecret), false);
  assertEquals(fetch.sent.length, 1);
});

for (
  const [code, text] of [
    ["unauthorized_client", "may not use the grant 'client_credentials'"],
    [
      "invalid_scope",
      `does not give client '5f2f3f0c-id' ('clientId' of clientCredentials) the scope '${COMPUTE_SCOPE}'`,
    ],
    ["invalid_request", "refused client '5f2f3f0c-id'"],
  ]
) {
  Deno.test(`${code} says what is wrong`, async () => {
    const { connect, fetch } = setUpAuth();
    fetch.always(TOKEN, oauthError(code as string));
    await assertRejects(() => ask(connect(clientCredentials(OPTIONS))), ComputeAuthorizationError, text);
  });
}

Deno.test("a token endpoint that fails for a while is asked again", async () => {
  const { connect, fetch, clock, grants } = setUpAuth();
  fetch.queue(
    TOKEN,
    new Response(null, { status: 503, headers: { "retry-after": "7" } }),
    new Error("reset"),
  );
  const startMs = clock.nowMs();
  await clock.runUntil(ask(connect(clientCredentials(OPTIONS))));
  assertEquals(grants().length, 3);
  assertEquals(clock.nowMs() - startMs >= 7_000, true);
});

Deno.test("a token endpoint that goes on failing is given up once, for all that wait", async () => {
  const { connect, fetch, clock, grants, bearers } = setUpAuth();
  fetch.always(TOKEN, () => new Response("secret-page", { status: 500 }));
  const client = connect(clientCredentials(OPTIONS));
  const calls = Promise.allSettled(Array.from({ length: 50 }, () => ask(client)));
  for (const outcome of await clock.runUntil(calls)) {
    const error = (outcome as PromiseRejectedResult).reason;
    assertEquals(error instanceof ComputeAuthorizationError, true);
    assertStringIncludes(
      error.message,
      "Cannot get an access token: POST https://auth.globus.org/v2/oauth2/token: status 500",
    );
    assertEquals([error.status, error.cause.code], [500, "ERR_COMPUTE_HTTP"]);
  }
  assertEquals([grants().length, bearers()], [4, []]);
});

Deno.test("a token endpoint that never answers has a deadline", async () => {
  const { connect, fetch, clock } = setUpAuth();
  fetch.always(TOKEN, never as () => Promise<Response>);
  const call = ask(connect(clientCredentials(OPTIONS)));
  const error = await assertRejects(() => clock.runUntil(call), ComputeAuthorizationError);
  assertStringIncludes(error.message, "none came within 55 s");
  assertEquals(clock.sleeping, 0);
});

Deno.test("a submission for which no token is to be had is not in doubt, and is not sent", async () => {
  const { connect, fetch } = setUpAuth();
  fetch.queue(TOKEN, oauthError("invalid_client")());
  const client = connect(clientCredentials(OPTIONS));
  const batch = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7), args: [] }] };
  await assertRejects(() => batchRun(client, batch), ComputeAuthorizationError, "does not know client");
  fetch.queue(SUBMIT, receipt({ [id(7)]: [id(1)] }));
  assertEquals((await batchRun(client, batch)).taskIds, [id(1)]);
});

for (
  const [name, options, text] of [
    ["no id", { ...OPTIONS, clientId: "" }, "'clientId'"],
    ["no secret", { clientId: "a" }, "'clientSecret'"],
    ["a secret that is not a text", { clientId: "a", clientSecret: 4711_4711 }, "'clientSecret'"],
    ["an id with a colon", { ...OPTIONS, clientId: "https://example.org/client" }, "a colon"],
    ["a secret with a line feed", { clientId: "a", clientSecret: "topsecret\n" }, "white space"],
    ["an issuer without TLS", { ...OPTIONS, issuer: "http://auth.example.org" }, "HTTPS"],
    ["an issuer that is none", { ...OPTIONS, issuer: "auth" }, "no URL"],
  ] satisfies [string, object, string][]
) {
  Deno.test(`clientCredentials() does not take ${name}`, () => {
    const error = assertThrows(() => clientCredentials(options as never), TypeError, text);
    assertEquals(/s3cret|topsecret|4711/.test(shown(error)), false);
  });
}

Deno.test("an authorizer shows no secret and no token", async () => {
  const { connect } = setUpAuth();
  const authorizer = clientCredentials(OPTIONS);
  const client = connect(authorizer);
  await ask(client);
  for (const value of [authorizer, client, await authorizer.identify?.(), await authorizer.account?.()]) {
    assertEquals(/s3cret|token-1/.test(shown(value)), false, shown(value));
  }
});

/** A token for another service. */
const OTHER = { access_token: "leak-this-1", token_type: "Bearer", resource_server: "auth.globus.org" };
