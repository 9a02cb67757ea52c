/** Proves that no error shows a secret that a server repeats, in any form, and that no secret follows a redirect. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  accessToken,
  type Authorizer,
  clientCredentials,
  ComputeAuthorizationError,
  dependentToken,
  logout,
  refreshToken,
} from "../../mod.ts";
import { ask, oauthError, REVOKE, setUpAuth, shown, STATUS, TOKEN } from "./auth_helpers.ts";

const CLIENT = { clientId: "some-client", clientSecret: `s3cret!'(*)~ "\\é/+=` };
/** All characters that a token may have (RFC 6750). */
const BEARER = "Ag0123456789-._~+/topsecret==";

const AUTHORIZERS: [name: string, make: () => Authorizer, secret: string][] = [
  ["clientCredentials()", () => clientCredentials(CLIENT), CLIENT.clientSecret],
  ["refreshToken()", () => refreshToken({ clientId: "some-client", refreshToken: BEARER }), BEARER],
  ["dependentToken()", () => dependentToken({ ...CLIENT, userToken: BEARER }), BEARER],
];

/** The ways in which a server may write down what it was sent. */
const FORMS: [name: string, write: (secret: string) => string][] = [
  ["as it is", (secret) => secret],
  ["as in a URL", encodeURIComponent],
  [
    "as in a URL, in small letters",
    (secret) => encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
  ],
  ["as in a form", (secret) => new URLSearchParams({ x: secret }).toString().slice(2)],
  ["as in JSON", (secret) => JSON.stringify(secret).slice(1, -1)],
];

for (const [name, make, secret] of AUTHORIZERS) {
  for (const [form, write] of FORMS) {
    Deno.test(`${name} shows nothing of what the token endpoint repeats ${form}`, async () => {
      const world = setUpAuth();
      const text = write(secret);
      world.fetch.always(TOKEN, oauthError(`invalid_request ${text}`, `You have sent ${text}`));
      const error = await assertRejects(() => ask(world.connect(make())), ComputeAuthorizationError);
      assertEquals(shown(error).includes(text), false, error.message);
      assert(error.message.includes("You have sent [redacted]"), error.message);
    });
  }
}

Deno.test("no error shows the header that a client has shown its secret in", async () => {
  const world = setUpAuth();
  world.fetch.always(
    TOKEN,
    ({ headers }) => oauthError("invalid_client", headers.get("authorization") ?? "")(),
  );
  const error = await assertRejects(
    () => ask(world.connect(clientCredentials(CLIENT))),
    ComputeAuthorizationError,
  );
  const [sent] = world.fetch.sent;
  const [, credentials = ""] = (sent?.headers.get("authorization") ?? "").split(" ");
  assert(credentials.length > 10);
  assertEquals(shown(error).includes(credentials), false, error.message);
});

/** JSON may write any character in more than one way. */
const JSON_ESCAPES: [name: string, write: (secret: string) => string][] = [
  ["with escaped slashes", (secret) => secret.replaceAll("/", "\\/")],
  ["with escaped signs", (secret) => secret.replaceAll("=", "\\u003d").replaceAll("+", "\\u002B")],
  [
    "with escaped letters",
    (secret) => [...secret].map((letter) => `\\u00${letter.charCodeAt(0).toString(16)}`).join(""),
  ],
];
for (const [name, write] of JSON_ESCAPES) {
  Deno.test(`no error shows a token that the service repeats ${name}`, async () => {
    const world = setUpAuth();
    for (const status of [401, 403, 404]) {
      const body = `{"code": "X ${write(BEARER)}", "detail": "Not ${
        write(BEARER)
      }", "authorization_parameters":
        {"session_message": "${write(BEARER)}", "session_required_policies": ["${write(BEARER)}"]}}`;
      world.fetch.always(STATUS, () => new Response(body, { status }));
      const error = await assertRejects(() => ask(world.connect(accessToken(BEARER))));
      assertEquals(shown(error).includes(BEARER), false, String(error));
      assertEquals(shown(error).includes(encodeURIComponent(BEARER)), false, String(error));
    }
  });
}

Deno.test("an error's code and request id are a line, and show no token either", async () => {
  const world = setUpAuth();
  for (const status of [401, 404]) {
    const code = `A\n2026-01-01 ERROR ${"x".repeat(60_000)}`;
    const headers = { "x-request-id": `${BEARER} 7` };
    world.fetch.always(STATUS, () => Response.json({ code, detail: "No" }, { status, headers }));
    const error = await assertRejects(() => ask(world.connect(accessToken(BEARER))));
    assertEquals(/\n/.test(error.message), false);
    assert(error.message.length < 2000, error.message.slice(0, 100));
    assertEquals(shown(error).includes(BEARER), false);
    assert(shown(error).includes("[redacted] 7"));
  }
});

Deno.test("no secret follows a redirect", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const elsewhere = () => new Response(null, { status, headers: { location: "https://evil.example/" } });
    for (const [, make] of AUTHORIZERS) {
      const { fetch, connect } = setUpAuth();
      const client = connect(make());
      await ask(client);
      fetch.always(REVOKE, elsewhere).always(TOKEN, elsewhere).always(STATUS, elsewhere);
      assertEquals((await logout(client)).revoked, []);
      await assertRejects(() => ask(client), ComputeAuthorizationError);
      assertEquals(new Set(fetch.sent.map(({ redirect }) => redirect)), new Set(["manual"]));
      const origins = new Set(fetch.sent.map(({ url }) => url.origin));
      assertEquals(origins, new Set(["https://auth.globus.org", "https://compute.example.org"]));
    }
  }
});

Deno.test("no authorizer sends secrets in clear to what only looks like this machine", () => {
  const hosts = [
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.localhost.example",
    "localhost@evil.example",
    "127.0.0.1@evil.example",
    "evil.example#localhost",
    "evil.example?localhost",
    "localhost.",
    "0.0.0.0",
    "128.0.0.1",
    "[::]",
    "[::2]",
    "[::ffff:10.0.0.1]",
    "169.254.169.254",
    "ⓛocalhost.evil.example",
  ];
  for (const host of hosts) {
    for (const issuer of [`http://${host}`, `http://${host}/`, `http://user:pass@${host}`]) {
      assertThrows(() => clientCredentials({ ...CLIENT, issuer }), TypeError, "'issuer'");
      assertThrows(
        () => refreshToken({ clientId: "some-client", refreshToken: BEARER, issuer }),
        TypeError,
        "'issuer'",
      );
      assertThrows(() => dependentToken({ ...CLIENT, userToken: BEARER, issuer }), TypeError, "'issuer'");
    }
  }
  for (const issuer of ["http://localhost:1", "http://127.0.0.1", "http://[::1]:65535", "http://127.8.9.1"]) {
    clientCredentials({ ...CLIENT, issuer });
  }
});
