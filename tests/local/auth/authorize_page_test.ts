/**
 * The login page of the local service lets in those who know the secret, and sends browsers to this machine
 * only.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { allow, authorizeUrl, CHALLENGE, COMPUTE, REDIRECT, startWorld, target } from "./auth_helpers.ts";

Deno.test("no redirect URI is taken that is not on this machine, and no browser is sent to it", async (t) => {
  await using world = startWorld();
  const { local } = world;
  const uris = [
    "",
    "https://evil.example/callback",
    "http://localhost.evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://localhost@evil.example/callback",
    "http://localhost:4321@evil.example/callback",
    "http://localhost:pass@evil.example/",
    "http://evil.example/http://localhost/",
    "http://evil.example#http://localhost/",
    "http://localhost\\@evil.example/",
    "http://localhost\t.evil.example/",
    "http://localhost\n.evil.example/",
    "http://localhost:99999/",
    "http://127.1.evil.example/",
    "http://[::1].evil.example/",
    "http://[::1",
    "//localhost/callback",
    "/callback",
    "javascript:alert(1)//http://localhost/",
    "data:text/html,http://localhost/",
    "urn:ietf:wg:oauth:2.0:oob",
    " http://localhost/",
    "__proto__",
  ];
  for (const uri of [...uris, undefined]) {
    await t.step(JSON.stringify(uri) ?? "none", async () => {
      for (const problem of [{}, { scope: "nothing" }, { response_type: "token" }]) {
        const parameters = { redirect_uri: uri, ...problem };
        const shown = await local.fetch(authorizeUrl(local, parameters), { redirect: "manual" });
        const answered = await allow(local, parameters);
        for (const response of [shown, answered]) {
          assertEquals([response.status, response.headers.get("location")], [400, null]);
          assertStringIncludes(await response.text(), "not on this machine");
        }
      }
    });
  }
});

Deno.test("a redirect URI on this machine is taken with whatever port, path and query it has", async () => {
  await using world = startWorld();
  const { local } = world;
  for (const uri of ["http://localhost/", "http://127.0.0.1:1", "http://[::1]:65535/a/b?c=d&state=mine"]) {
    const url = target(await allow(local, { redirect_uri: uri, state: "yours" }));
    assertEquals(url.origin + url.pathname, new URL(uri).origin + new URL(uri).pathname);
    assertEquals(url.searchParams.get("c"), new URL(uri).searchParams.get("c"));
    assertEquals(url.searchParams.getAll("state"), ["yours"]);
    assertMatch(url.searchParams.get("code") ?? "", /^[\w-]{20,}$/);
  }
});

Deno.test("a client that is unknown is told so on the page", async () => {
  await using world = startWorld();
  const { local } = world;
  for (const id of ["", "nobody", "__proto__", "constructor", undefined]) {
    const response = await local.fetch(authorizeUrl(local, { client_id: id }));
    assertEquals([response.status, response.headers.get("location")], [400, null]);
    assertStringIncludes(await response.text(), "The client is unknown to this service.");
  }
});

Deno.test("what is wrong otherwise is sent back to the application, with its state", async (t) => {
  await using world = startWorld();
  const { local } = world;
  const cases: [parameters: Record<string, string | undefined>, error: string][] = [
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ response_type: undefined }, "unsupported_response_type"],
    [{ code_challenge: undefined }, "invalid_request"],
    [{ code_challenge_method: "plain" }, "invalid_request"],
    [{ code_challenge_method: undefined }, "invalid_request"],
    [{ client_id: local.clientId, code_challenge_method: "plain" }, "invalid_request"],
    [{ scope: undefined }, "invalid_scope"],
    [{ scope: "" }, "invalid_scope"],
    [{ scope: " + " }, "invalid_scope"],
    [{ scope: "nothing" }, "invalid_scope"],
    [{ scope: "__proto__" }, "invalid_scope"],
  ];
  for (const [parameters, error] of cases) {
    await t.step(`${error}: ${JSON.stringify(parameters)}`, async () => {
      const init = { redirect: "manual" } as const;
      const url = authorizeUrl(local, { state: "a&b=c", ...parameters });
      for (const response of [await local.fetch(url, init), await allow(local, parameters)]) {
        const location = target(response);
        assertEquals(location.origin + location.pathname, REDIRECT);
        assertEquals(location.searchParams.get("error"), error);
        assertEquals(location.searchParams.has("code"), false);
      }
      assertEquals(target(await local.fetch(url, init)).searchParams.get("state"), "a&b=c");
    });
  }
  for (const name of ["client_id", "redirect_uri", "response_type", "scope", "code_challenge", "state"]) {
    await t.step(`'${name}' is there twice`, async () => {
      const url = authorizeUrl(local, { state: "s" });
      url.searchParams.append(name, "http://localhost/other");
      const body = new URLSearchParams({ secret: local.clientSecret, decision: "allow" });
      const response = await local.fetch(url, { method: "POST", body });
      assertEquals([response.status, response.headers.get("location")], [400, null]);
      assertStringIncludes(await response.text(), "there twice");
    });
  }
});

Deno.test("the page lets in whoever knows the secret, and nobody else", async () => {
  await using world = startWorld();
  const { local } = world;
  for (const secret of ["", "wrong", local.accessToken, local.clientSecret.slice(1)]) {
    const response = await allow(local, {}, { secret });
    assertEquals([response.status, response.headers.get("location")], [403, null]);
    const page = await response.text();
    assertStringIncludes(page, 'role="alert">This is not the secret');
    assertEquals(secret !== "" && page.includes(`"${secret}"`), false);
  }
  for (const fields of [{ decision: "deny" }, { decision: "" }, { decision: "ALLOW" }]) {
    const url = target(await allow(local, { state: "s" }, fields));
    assertEquals(String(url), `${REDIRECT}?error=access_denied&state=s`);
  }
  const url = authorizeUrl(local, {});
  const body = JSON.stringify({ secret: local.clientSecret, decision: "allow" });
  const headers = { "content-type": "application/json" };
  const other = await local.fetch(url, { method: "POST", body, headers });
  assertEquals((await other.json()).error, "invalid_request");
});

Deno.test("the page takes nothing from a page that was loaded from elsewhere", async () => {
  await using world = startWorld();
  const { local } = world;
  const foreign = ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example"];
  for (const origin of [...foreign, "null", "http://localhost@evil.example", "file://"]) {
    const response = await allow(local, {}, {}, { origin });
    assertEquals([response.status, response.headers.get("location")], [403, null], origin);
    assertEquals(response.headers.get("access-control-allow-origin"), null);
    await response.body?.cancel();
  }
  assertEquals(target(await allow(local, {}, {}, { origin: local.issuer })).searchParams.has("code"), true);
});

Deno.test("nothing that the address says becomes part of the page's HTML", async (t) => {
  await using world = startWorld();
  const { local } = world;
  const attacks = [
    "<script>alert(1)</script>",
    `"><img src=x onerror=alert(1)>`,
    "'></code><svg/onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "javascript:alert(1)",
  ];
  const plain = await (await local.fetch(authorizeUrl(local, { session_message: "m" }))).text();
  const tagsOf = (page: string) => [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag);
  for (const attack of attacks) {
    await t.step(attack, async () => {
      const said = await local.fetch(authorizeUrl(local, { session_message: attack }));
      assertEquals(tagsOf(await said.text()), tagsOf(plain));
      const names = ["state", "nonce", "access_type", "session_required_policies", "login_hint", attack];
      for (const name of [...names, "redirect_uri", "code_challenge"]) {
        const value = name === "redirect_uri" ? `${REDIRECT}/${attack}` : attack;
        const parameters = { session_message: "m", [name]: value };
        const page = await (await local.fetch(authorizeUrl(local, parameters))).text();
        assertEquals(tagsOf(page), tagsOf(plain), name);
      }
      const refused = await local.fetch(authorizeUrl(local, { client_id: attack, redirect_uri: attack }));
      const ended = await local.fetch(
        `${local.issuer}/v2/web/auth-code?${new URLSearchParams({ error: attack })}`,
      );
      const shown = await local.fetch(
        `${local.issuer}/v2/web/auth-code?${new URLSearchParams({ code: attack })}`,
      );
      for (const response of [refused, ended, shown]) {
        const page = await response.text();
        assertEquals(/<(script|img|svg)/.test(page), false, page);
      }
    });
  }
});

Deno.test("the page loads nothing, is in no frame, and is kept nowhere", async () => {
  await using world = startWorld();
  const { local } = world;
  const cases: [path: URL | string, formAction: string][] = [
    [authorizeUrl(local), "http://localhost:4321"],
    [authorizeUrl(local, { redirect_uri: "http://[::1]:1/;script-src *" }), "http://[::1]:1"],
    [authorizeUrl(local, { client_id: "nobody" }), local.issuer],
    [`${local.issuer}/v2/web/auth-code?code=abc`, local.issuer],
  ];
  for (const [url, formAction] of cases) {
    const { headers, body } = await local.fetch(url);
    await body?.cancel();
    assertEquals(
      headers.get("content-security-policy"),
      `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'self' ${formAction}`,
    );
    assertEquals(headers.get("cache-control"), "no-store");
    assertEquals(headers.get("x-frame-options"), "DENY");
    assertEquals(headers.get("referrer-policy"), "same-origin");
    assertMatch(headers.get("content-type") ?? "", /^text\/html/);
  }
});

Deno.test("the page says who asks, for what, and where the answer goes", async () => {
  await using world = startWorld();
  const { local } = world;
  const parameters = { scope: `openid ${COMPUTE}`, session_message: "Meet the policy" };
  const page = await (await local.fetch(authorizeUrl(local, parameters))).text();
  for (const text of [local.nativeClientId, REDIRECT, "openid", COMPUTE]) {
    assertStringIncludes(page, `<code>${text}</code>`);
  }
  assertStringIncludes(page, "It says: Meet the policy");
  assertEquals([page.includes(local.clientSecret), page.includes(CHALLENGE)], [false, false]);
  assert(page.includes('type="password"'));
});
