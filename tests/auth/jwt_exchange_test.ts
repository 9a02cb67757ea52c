/** Proves that `jwtExchange()` signs an assertion, trades it for an access token, and shows neither. */
import {
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { decodeJwt, decodeProtectedHeader, generateKeyPair, jwtVerify } from "jose";
import { ComputeAuthorizationError, jwtExchange, type JwtExchangeOptions, logout } from "../../mod.ts";
import { ask, oauthError, setUpAuth, shown } from "./auth_helpers.ts";

const TOKEN = "POST /token";
const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const OPTIONS: JwtExchangeOptions = {
  key: privateKey,
  algorithm: "ES256",
  keyId: "key-1",
  issuer: "https://portal.example.org",
  subject: "ada",
  audience: "https://gateway.example.org/token",
  claims: { role: "scientist" },
  tokenEndpoint: "https://gateway.example.org/token",
};

/** The same world, with the token endpoint where the gateway has it. */
function setUpGateway() {
  const world = setUpAuth();
  let count = 0;
  world.fetch.always(TOKEN, () => {
    const token = `traded-${++count}`;
    world.good.add(token);
    return Response.json({ access_token: token, token_type: "Bearer", expires_in: 3600 });
  });
  const forms = () =>
    world.fetch.sent.filter(({ route }) => route === TOKEN).map(({ text }) =>
      Object.fromEntries(new URLSearchParams(text))
    );
  return { ...world, forms };
}

Deno.test("jwtExchange() trades an assertion that it signs for an access token", async () => {
  const { connect, forms, bearers, fetch, clock } = setUpGateway();
  const client = connect(jwtExchange({ ...OPTIONS, scopes: ["compute", "more"] }));
  await ask(client);
  await ask(client);
  assertEquals(bearers(), ["traded-1", "traded-1"]);
  const [form] = forms();
  assertEquals([form?.grant_type, form?.scope, form?.client_id], [
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "compute more",
    undefined,
  ]);
  assertEquals(fetch.sent[0]?.headers.get("authorization"), null);
  const { payload } = await jwtVerify(form?.assertion as string, publicKey, {
    issuer: OPTIONS.issuer,
    audience: OPTIONS.audience as string,
    subject: "ada",
    currentDate: new Date(clock.nowMs()),
  });
  assertEquals(payload.role, "scientist");
  assertEquals(decodeProtectedHeader(form?.assertion as string).kid, "key-1");
});

Deno.test("jwtExchange() speaks for its issuer where there is no subject: RFC 7523 wants one", async () => {
  const { connect, forms } = setUpGateway();
  const { subject: _, ...options } = OPTIONS;
  await ask(connect(jwtExchange(options)));
  assertEquals(decodeJwt(forms()[0]?.assertion as string).sub, OPTIONS.issuer);
});

Deno.test("jwtExchange() signs a new assertion for each trade", async () => {
  const { connect, forms, good, bearers } = setUpGateway();
  const client = connect(jwtExchange(OPTIONS));
  await ask(client);
  good.clear();
  await Promise.all(Array.from({ length: 50 }, () => ask(client)));
  assertEquals(forms().length, 2);
  assertNotEquals(forms()[0]?.assertion, forms()[1]?.assertion);
  assertEquals(bearers().filter((token) => token === "traded-2").length, 50);
});

Deno.test("jwtExchange() names its client where it has one", async () => {
  const { connect, forms, fetch } = setUpGateway();
  await ask(connect(jwtExchange({ ...OPTIONS, clientId: "c1" })));
  assertEquals(forms()[0]?.client_id, "c1");
  await ask(connect(jwtExchange({ ...OPTIONS, clientId: "c1", clientSecret: "s3cret-0" })));
  assertEquals(fetch.sent[2]?.headers.get("authorization"), `Basic ${btoa("c1:s3cret-0")}`);
});

Deno.test("an assertion that is not taken says what to check, and is not shown", async () => {
  const { connect, fetch } = setUpGateway();
  let assertion = "";
  fetch.always(TOKEN, ({ text }) => {
    assertion = new URLSearchParams(text).get("assertion") as string;
    return oauthError("invalid_grant", `bad assertion ${assertion}`)();
  });
  const error = await assertRejects(() => ask(connect(jwtExchange(OPTIONS))), ComputeAuthorizationError);
  assertStringIncludes(
    error.message,
    "https://gateway.example.org/token does not take an assertion of issuer 'https://portal.example.org' for 'ada'",
  );
  for (const part of assertion.split(".")) assertEquals(shown(error).includes(part), false);
});

Deno.test("logout() says that a traded token cannot be revoked", async () => {
  const { connect } = setUpGateway();
  const client = connect(jwtExchange(OPTIONS));
  await ask(client);
  const { revoked, notRevoked } = await logout(client);
  assertEquals([revoked, notRevoked.map(({ token }) => token)], [[], ["access_token"]]);
});

Deno.test("jwtExchange() does not take an address without TLS, nor a key that is none", () => {
  const address = { ...OPTIONS, tokenEndpoint: "http://gateway.example.org/token" };
  assertThrows(() => jwtExchange(address), TypeError, "Cannot use 'tokenEndpoint'");
  assertThrows(() => jwtExchange({ ...OPTIONS, key: "no key" }), TypeError, "Cannot use 'key'");
  const withoutId = { ...OPTIONS, clientSecret: "s3cret-0" };
  const error = assertThrows(() => jwtExchange(withoutId), TypeError, "without 'clientId'");
  assertEquals(shown(error).includes("s3cret-0"), false);
});

Deno.test("jwtExchange() asks at the very address that it was given, a slash at its end included", async () => {
  const { connect, fetch, good } = setUpGateway();
  good.add("traded");
  fetch.always("POST /token/", () => Response.json({ access_token: "traded", token_type: "Bearer" }));
  await ask(connect(jwtExchange({ ...OPTIONS, tokenEndpoint: "https://gateway.example.org/token/" })));
  assertEquals(fetch.sent[0]?.url.href, "https://gateway.example.org/token/");
});

Deno.test("jwtExchange() keeps to the secret that it was given", async () => {
  const { connect, forms } = setUpGateway();
  const secret = new TextEncoder().encode("a shared secret of thirty-two bytes");
  const key = new Uint8Array(secret);
  const authorizer = jwtExchange({ ...OPTIONS, key, algorithm: "HS256" });
  key.fill(0);
  await ask(connect(authorizer));
  const checks = { issuer: OPTIONS.issuer, currentDate: new Date(Date.UTC(2026, 0, 1)) };
  await jwtVerify(forms()[0]?.assertion as string, secret, checks);
});
