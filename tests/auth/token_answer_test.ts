/**
 * Which answers of a token endpoint are taken: all that the Python SDK takes, and what an answer that is refused says of
 * itself. Each is read by a client that goes on to call the service with the token.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Authorizer, clientCredentials, ComputeAuthorizationError, refreshToken } from "../../mod.ts";
import { ask, setUpAuth, shown, TOKEN } from "./auth_helpers.ts";

const CLIENT = { clientId: "some-client", clientSecret: "s3cret-0" };
const AUTHORIZERS: [name: string, make: () => Authorizer][] = [
  ["clientCredentials()", () => clientCredentials(CLIENT)],
  ["refreshToken()", () => refreshToken({ clientId: "some-client", refreshToken: "Refresh-0123456789" })],
];
const TOKEN_BODY = {
  access_token: "Token-A-123456",
  token_type: "Bearer",
  expires_in: 172_800,
  scope: "all",
  resource_server: "funcx_service",
  other_tokens: [],
};
const OF_AUTH = { ...TOKEN_BODY, access_token: "Token-of-auth", resource_server: "auth.globus.org" };

function without(name: keyof typeof TOKEN_BODY): object {
  const { [name]: _, ...rest } = TOKEN_BODY;
  return rest;
}

const asJson = (body: unknown, init: ResponseInit = {}) => () => Response.json(body, init);
const asText = (text: string, type = "application/json") => () =>
  new Response(text, { headers: { "content-type": type } });

const TAKEN: [name: string, answer: () => Response][] = [
  ["refresh_token: null", asJson({ ...TOKEN_BODY, refresh_token: null })],
  ["an empty refresh_token", asJson({ ...TOKEN_BODY, refresh_token: "" })],
  ["no token_type", asJson(without("token_type"))],
  ["token_type: null", asJson({ ...TOKEN_BODY, token_type: null })],
  ["token_type in capitals", asJson({ ...TOKEN_BODY, token_type: "BEARER" })],
  ["an id_token that is no JWT", asJson({ ...TOKEN_BODY, id_token: "opaque" })],
  ["an id_token of another algorithm", asJson({ ...TOKEN_BODY, id_token: "eyJhbGciOiJFUzI1NiJ9.e30.AA" })],
  ["id_token: null", asJson({ ...TOKEN_BODY, id_token: null })],
  ["id_token: {}", asJson({ ...TOKEN_BODY, id_token: {} })],
  ["no expires_in", asJson(without("expires_in"))],
  ["expires_in: null", asJson({ ...TOKEN_BODY, expires_in: null })],
  ["expires_in as a text", asJson({ ...TOKEN_BODY, expires_in: "172800" })],
  ["expires_in: 0", asJson({ ...TOKEN_BODY, expires_in: 0 })],
  ["expires_in below 0", asJson({ ...TOKEN_BODY, expires_in: -5 })],
  ["expires_in: 1e300", asText(JSON.stringify(TOKEN_BODY).replace("172800", "1e300"))],
  ["no other_tokens", asJson(without("other_tokens"))],
  ["other_tokens: null", asJson({ ...TOKEN_BODY, other_tokens: null })],
  ["other_tokens with null in it", asJson({ ...OF_AUTH, other_tokens: [null, TOKEN_BODY, "x"] })],
  ["a first token that is of no use", asJson({ ...OF_AUTH, access_token: null, other_tokens: [TOKEN_BODY] })],
  ["scope: null", asJson({ ...TOKEN_BODY, scope: null })],
  ["no resource_server", asJson(without("resource_server"))],
  ["a list of one", asJson([TOKEN_BODY])],
  ["status 201", asJson(TOKEN_BODY, { status: 201 })],
  ["another content type", asText(JSON.stringify(TOKEN_BODY), "text/plain")],
  ["a byte order mark", asText(`\ufeff${JSON.stringify(TOKEN_BODY)}`)],
];
for (const [name, answer] of TAKEN) {
  Deno.test(`an answer of the token endpoint is taken: ${name}`, async () => {
    for (const [, make] of AUTHORIZERS) {
      const { connect, fetch, bearers, good } = setUpAuth();
      good.add("Token-A-123456");
      fetch.queue(TOKEN, answer());
      assertEquals(await ask(connect(make())), "online");
      assertEquals(bearers(), ["Token-A-123456"]);
    }
  });
}

Deno.test("expires_in as a text counts as the number that it is", async () => {
  const { connect, fetch, grants, good, clock } = setUpAuth();
  good.add("Token-A-123456");
  fetch.queue(TOKEN, Response.json({ ...TOKEN_BODY, expires_in: "172800" }));
  const client = connect(clientCredentials(CLIENT));
  await ask(client);
  await clock.advance(172_800_000 - 61_000);
  await ask(client);
  assertEquals(grants().length, 1);
  await clock.advance(1_001);
  await ask(client);
  assertEquals(grants().length, 2);
});

Deno.test("a refresh token that is null leaves the old one as it is", async () => {
  const rotated: string[] = [];
  const { connect, fetch, grants, clock, good } = setUpAuth({ refresh_token: null });
  const onRotate = (token: string) => void rotated.push(token);
  const client = connect(
    refreshToken({ clientId: "some-client", refreshToken: "Refresh-0123456789", onRotate }),
  );
  await ask(client);
  await clock.advance(172_800_000);
  await ask(client);
  assertEquals(grants().map(({ refresh_token }) => refresh_token), Array(2).fill("Refresh-0123456789"));
  assertEquals([rotated, good.size, fetch.sent.length], [[], 2, 4]);
});

const REFUSED: [name: string, answer: () => Response, problem: string][] = [
  ["no access_token", asJson(without("access_token")), "its answer has no 'access_token'"],
  ["access_token: null", asJson({ ...TOKEN_BODY, access_token: null }), "its answer has no 'access_token'"],
  ["access_token: 7", asJson({ ...TOKEN_BODY, access_token: 7 }), "its 'access_token' is not a text"],
  [
    "a space in the token",
    asJson({ ...TOKEN_BODY, access_token: "Token-A-123456 x" }),
    "characters that no token has",
  ],
  [
    "token_type mac",
    asJson({ ...TOKEN_BODY, token_type: "mac" }),
    "'token_type' must be 'Bearer', and is 'mac'",
  ],
  ["token_type: {}", asJson({ ...TOKEN_BODY, token_type: {} }), "'token_type' must be 'Bearer'"],
  [
    "a word for expires_in",
    asJson({ ...TOKEN_BODY, expires_in: "soon" }),
    "its 'expires_in' is not a number",
  ],
  [
    "expires_in: true",
    asJson({ ...TOKEN_BODY, expires_in: true }),
    "its 'expires_in' is not a number of seconds",
  ],
  ["refresh_token: 7", asJson({ ...TOKEN_BODY, refresh_token: 7 }), "its 'refresh_token' is not a text"],
  [
    "tokens for others",
    asJson({ ...OF_AUTH, other_tokens: [{ ...OF_AUTH, resource_server: "transfer.api.globus.org" }] }),
    "no token for the Compute service (funcx_service), but for auth.globus.org, transfer.api.globus.org",
  ],
  ["an empty list", asJson([]), "no token for the Compute service"],
  ["an error with status 200", asJson({ error: "invalid_scope" }), "but the error 'invalid_scope'"],
  ["a page", asText("<html>Token-A-123456", "text/html"), "its answer is not JSON"],
  ["nothing", () => new Response(null, { status: 204 }), "its answer is not JSON"],
  ["a text", asJson("Token-A-123456"), "its answer is not a JSON object"],
];
for (const [name, answer, problem] of REFUSED) {
  Deno.test(`an answer of the token endpoint that is refused says why: ${name}`, async () => {
    for (const [, make] of AUTHORIZERS) {
      const { connect, fetch, bearers } = setUpAuth();
      fetch.queue(TOKEN, answer());
      const error = await assertRejects(() => ask(connect(make())), ComputeAuthorizationError, problem);
      assertStringIncludes(error.message, "POST https://auth.globus.org/v2/oauth2/token");
      assertEquals(/Token-|Refresh-|s3cret/.test(shown(error)), false, shown(error));
      assertEquals(bearers(), []);
    }
  });
}

Deno.test("an answer that is refused shows no token, whatever member it is in", async () => {
  for (const name of ["token_type", "resource_server", "error", "expires_in", "refresh_token", "scope"]) {
    const { connect, fetch } = setUpAuth();
    const body = { ...OF_AUTH, access_token: undefined, [name]: "Refresh-0123456789" };
    fetch.queue(TOKEN, Response.json({ ...body, other_tokens: [body] }));
    const [, make] = AUTHORIZERS[1] ?? [];
    assert(make);
    const error = await assertRejects(() => ask(connect(make())), ComputeAuthorizationError);
    assertEquals(shown(error).includes("Refresh-0123456789"), false, shown(error));
  }
});

Deno.test("a refusal is read after a byte order mark, and whatever its content type is", async () => {
  const text = JSON.stringify({ error: "invalid_client", error_description: "No such client" });
  for (const [body, type] of [[`\ufeff${text}`, "application/json"], [text, "text/plain"]] as const) {
    const { connect, fetch } = setUpAuth();
    fetch.queue(TOKEN, new Response(body, { status: 401, headers: { "content-type": type } }));
    const error = await assertRejects(
      () => ask(connect(clientCredentials(CLIENT))),
      ComputeAuthorizationError,
      "does not know client 'some-client'",
    );
    assertEquals([error.serviceCode, error.detail], ["invalid_client", "No such client"]);
  }
});
