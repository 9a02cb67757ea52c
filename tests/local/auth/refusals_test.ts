/** Each wrong request for a token gets the error of RFC 6749 for it. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createLocalService } from "../../../src/local/mod.ts";
import {
  ask,
  askForToken,
  assertRefused,
  authorizeUrl,
  basic,
  OTHER,
  ownersClient,
  post,
  read,
  startWorld,
  tokensOf,
} from "./auth_helpers.ts";

const CREDENTIALS = { grant_type: "client_credentials" };
/** What every object inherits. */
const INHERITED = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

Deno.test("a client that is unknown, or shows the wrong secret, is invalid_client", async (t) => {
  await using world = startWorld({ clients: [OTHER, { clientId: "näme", clientSecret: "s:e%c+r t" }] });
  const { local } = world;
  const { clientId, clientSecret, nativeClientId } = local;
  const cases: [name: string, headers: Record<string, string>, fields?: Record<string, string>][] = [
    ["no credentials", {}],
    ["the secret in the body", {}, { client_id: clientId, client_secret: clientSecret }],
    ["its id alone", {}, { client_id: clientId }],
    ["a wrong secret", basic(clientId, "wrong")],
    ["no secret", basic(clientId, "")],
    ["another client's secret", basic(clientId, OTHER.clientSecret)],
    ["a secret in other letters", basic(clientId, clientSecret.toUpperCase() + clientSecret.toLowerCase())],
    ["a client without a secret that shows one", basic(nativeClientId, "")],
    ["another scheme", { authorization: `Bearer ${clientSecret}` }],
    ["no base64", { authorization: "Basic ***" }],
    ["no colon", { authorization: `Basic ${btoa(clientId + clientSecret)}` }],
    ["nothing", { authorization: "Basic" }],
    ["no UTF-8", { authorization: `Basic ${btoa("\xff\xfe:\xff")}` }],
    ["a broken percent sign", basic(`${clientId}%`, `${clientSecret}%`)],
  ];
  for (const [name, headers, fields] of cases) {
    await t.step(name, async () => {
      assertRefused(await askForToken(local, { ...CREDENTIALS, ...fields }, headers), "invalid_client");
    });
  }
  for (const name of INHERITED) {
    await t.step(`the id '${name}'`, async () => {
      assertRefused(await askForToken(local, CREDENTIALS, basic(name, "undefined")), "invalid_client");
      assertRefused(await askForToken(local, { ...CREDENTIALS, client_id: name }, {}), "invalid_client");
    });
  }
});

Deno.test("a client may show its secret as it is, and percent-encoded", async () => {
  const odd = { clientId: "näme:1", clientSecret: "s:e%c+r t" };
  await using world = startWorld({ clients: [odd, { clientId: "raw", clientSecret: "100%+é:" }] });
  const { local } = world;
  const form = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
  await tokensOf(local, CREDENTIALS, basic(form(odd.clientId), form(odd.clientSecret)));
  await tokensOf(
    local,
    CREDENTIALS,
    basic(encodeURIComponent(odd.clientId), encodeURIComponent(odd.clientSecret)),
  );
  await tokensOf(local, CREDENTIALS, basic("raw", "100%+é:"));
  await tokensOf(local, CREDENTIALS, basic("raw", form("100%+é:")));
  const { authorization = "" } = ownersClient(local);
  await tokensOf(local, CREDENTIALS, { authorization: authorization.replace("Basic", "bASIC") });
});

Deno.test("a client without a secret cannot act for itself", async () => {
  await using world = startWorld();
  const { local } = world;
  const fields = { ...CREDENTIALS, client_id: local.nativeClientId };
  assertRefused(await askForToken(local, fields, {}), "unauthorized_client");
});

Deno.test("a grant that is not there is unsupported_grant_type, whatever its name", async () => {
  await using world = startWorld();
  const { local } = world;
  for (const grant of ["password", "CLIENT_CREDENTIALS", " ", ...INHERITED]) {
    const answer = await askForToken(local, { grant_type: grant });
    assertRefused(answer, "unsupported_grant_type");
    assertStringIncludes(String(answer.body.error_description), `'${grant}'`);
  }
  const long = await askForToken(local, { grant_type: "x".repeat(100_000) });
  assert(String(long.body.error_description).length < 200);
});

Deno.test("a scope that is not there is invalid_scope, whatever its name", async () => {
  await using world = startWorld();
  const { local } = world;
  const unknown = ["nothing", "openid nothing", "OPENID", "urn:globus:auth:scope:auth.globus.org:", "<b>"];
  for (const scope of [...unknown, ...INHERITED]) {
    assertRefused(await askForToken(local, { ...CREDENTIALS, scope }), "invalid_scope");
  }
  const long = await askForToken(local, { ...CREDENTIALS, scope: "x".repeat(100_000) });
  assert(String(long.body.error_description).length < 300);
});

Deno.test("a parameter that is missing, empty or there twice is invalid_request", async () => {
  await using world = startWorld();
  const { local } = world;
  assertRefused(await askForToken(local, {}), "invalid_request");
  assertRefused(await askForToken(local, { grant_type: "" }), "invalid_request");
  assertRefused(await askForToken(local, { grant_type: "refresh_token" }), "invalid_request");
  assertRefused(await askForToken(local, { grant_type: "authorization_code" }), "invalid_request");
  for (const name of ["grant_type", "scope", "client_id", "__proto__"]) {
    const twice: [string, string][] = [[name, "openid"], [name, "openid"]];
    const rest: [string, string][] = name === "grant_type" ? [] : [["grant_type", "client_credentials"]];
    assertRefused(await askForToken(local, [...rest, ...twice]), "invalid_request");
  }
  await tokensOf(local, { ...CREDENTIALS, __proto__x: "1", constructor: "1" }); // What is unknown is passed over.
});

Deno.test("a body that is no form is invalid_request, at every route that takes one", async (t) => {
  await using world = startWorld();
  const { local } = world;
  const paths = ["/v2/oauth2/token", "/v2/oauth2/token/revoke", "/v2/oauth2/token/introspect"];
  const text = "grant_type=client_credentials&token=x";
  const types = [
    "application/json",
    "text/plain",
    "multipart/form-data",
    "application/x-www-form-urlencodedx",
  ];
  for (const path of paths) {
    for (const type of types) {
      await t.step(`${path}, ${type}`, async () => {
        const headers = { ...ownersClient(local), "content-type": type };
        const init = { method: "POST", headers, body: text };
        assertRefused(await read(await local.fetch(local.issuer + path, init)), "invalid_request");
      });
    }
    await t.step(`${path}, no body`, async () => {
      const init = { method: "POST", headers: ownersClient(local) };
      assertRefused(await read(await local.fetch(local.issuer + path, init)), "invalid_request");
    });
  }
  for (
    const type of [
      "application/x-www-form-urlencoded",
      "Application/X-WWW-Form-URLEncoded",
      "application/x-www-form-urlencoded ; charset=UTF-8",
    ]
  ) {
    await t.step(`a form is ${type}`, async () => {
      const headers = { ...ownersClient(local), "content-type": type };
      const answer = await local.fetch(`${local.issuer}/v2/oauth2/token`, {
        method: "POST",
        headers,
        body: text,
      });
      assertEquals(answer.status, 200);
      await answer.body?.cancel();
    });
  }
});

Deno.test("a body that is huge is refused, as whoever sends it has shown nothing yet", async () => {
  await using world = startWorld();
  const { local } = world;
  const padding = "x".repeat(2_000_000);
  const { pathname, search } = authorizeUrl(local);
  for (const path of ["/v2/oauth2/token", "/v2/oauth2/token/revoke", pathname + search]) {
    const answer = await post(local, path, { ...CREDENTIALS, token: "x", padding });
    assertRefused(answer, "invalid_request");
    assertStringIncludes(String(answer.body.error_description), "bytes");
  }
});

Deno.test("no refusal repeats a secret", async () => {
  await using world = startWorld();
  const { local } = world;
  const secret = "s3cret-that-must-not-be-shown";
  const answers = [
    await askForToken(local, CREDENTIALS, basic(local.clientId, secret)),
    await askForToken(local, { grant_type: "refresh_token", refresh_token: secret }),
    await askForToken(local, { grant_type: "authorization_code", code: secret, code_verifier: secret }),
    await askForToken(local, { grant_type: "urn:globus:auth:grant_type:dependent_token", token: secret }),
    await askForToken(local, {
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: secret,
    }),
  ];
  for (const { status, body } of answers) {
    assert(status >= 400 && !JSON.stringify(body).includes(secret), JSON.stringify(body));
  }
  const response = await local.fetch(`${local.baseUrl}/v2/authenticate`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  const shown = await response.text() + response.headers.get("www-authenticate");
  assertEquals([response.status, shown.includes(secret)], [401, false]);
  assertEquals(await ask(local, secret), "401 INVALID_AUTH_TOKEN");
});

Deno.test("a service with options that make no sense is not made", () => {
  for (const accessTokenLifetimeSeconds of [0, -1, NaN, Infinity]) {
    assertThrows(() => createLocalService({ accessTokenLifetimeSeconds }), RangeError, "LifetimeSeconds");
  }
  for (const clients of [[OTHER, OTHER], [{ ...OTHER, clientId: "local" }]]) {
    assertThrows(() => createLocalService({ clients }), RangeError, "two clients");
  }
  for (const clientSecret of ["", undefined as unknown as string]) {
    const clients = [{ clientId: "open", clientSecret }];
    assertThrows(() => createLocalService({ clients }), RangeError, "'open'");
  }
});
