/** Proves that `accessToken()` sends its token as a bearer token, refuses what is no token, and shows none. */
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { accessToken, type AuthorizeContext, type Authorizer, systemClock } from "../../mod.ts";

const CONTEXT: AuthorizeContext = {
  signal: new AbortController().signal,
  fetch: () => Promise.reject(new Error("Unexpected request")),
  clock: systemClock,
  client: {},
  rejected: undefined,
};

async function sent(authorizer: Authorizer, context: AuthorizeContext = CONTEXT): Promise<string | null> {
  const authorized = await authorizer(new Request("https://compute.example.org/v2/version"), context);
  return authorized.headers.get("authorization");
}

Deno.test("accessToken() sends the token as a bearer token", async () => {
  assertEquals(await sent(accessToken("Ag0-._~+/z==")), "Bearer Ag0-._~+/z==");
});

Deno.test("accessToken() takes the place of credentials that are there", async () => {
  const request = new Request("https://compute.example.org", { headers: { authorization: "Basic abc" } });
  const authorized = await accessToken("token")(request, CONTEXT);
  assertEquals(authorized.headers.get("authorization"), "Bearer token");
});

Deno.test("accessToken() keeps the rest of the request", async () => {
  const headers = { "x-other": "kept" };
  const request = new Request("https://compute.example.org/v2", { method: "POST", body: "{}", headers });
  const authorized = await accessToken("token")(request, CONTEXT);
  assertEquals([authorized.method, authorized.url], ["POST", "https://compute.example.org/v2"]);
  assertEquals(authorized.headers.get("x-other"), "kept");
  assertEquals(await authorized.text(), "{}");
});

Deno.test("accessToken() asks a function for the token at each attempt", async () => {
  const tokens = ["a", "b"];
  const authorizer = accessToken(() => Promise.resolve(tokens.shift() ?? ""));
  assertEquals(await sent(authorizer), "Bearer a");
  assertEquals(
    await sent(authorizer, { ...CONTEXT, rejected: new Request("https://compute.example.org") }),
    "Bearer b",
  );
  assertEquals(await sent(accessToken(() => "plain")), "Bearer plain");
});

Deno.test("accessToken() passes the failure of the function through", async () => {
  const failure = new Error("no such file");
  const authorizer = accessToken(() => Promise.reject(failure));
  assertStrictEquals(await assertRejects(() => sent(authorizer)), failure);
});

for (
  const token of [
    "",
    " ",
    "secret\n",
    "secret token",
    "Bearer secret",
    "secrét",
    "secret\u0000",
    "=",
    "se=cret",
  ]
) {
  Deno.test(`accessToken() refuses ${JSON.stringify(token)} without showing it`, async () => {
    const error = assertThrows(() => accessToken(token), TypeError, "Cannot use this access token");
    assertEquals(error.message.includes("cret"), false);
    await assertRejects(() => sent(accessToken(() => token)), TypeError, "Cannot use this access token");
  });
}

Deno.test("accessToken() refuses what is no string", async () => {
  for (const token of [undefined, null, 7, {}] as unknown as string[]) {
    assertThrows(() => accessToken(token), TypeError, "Cannot use this access token");
    await assertRejects(() => sent(accessToken(() => token)), TypeError, "Cannot use this access token");
  }
});

Deno.test("accessToken() either refuses a token or sends it unchanged", async () => {
  await fc.assert(fc.asyncProperty(fc.string({ unit: "grapheme-ascii" }), async (token) => {
    let authorizer: Authorizer;
    try {
      authorizer = accessToken(token);
    } catch (error) {
      assertStrictEquals(error instanceof TypeError, true);
      return;
    }
    assertEquals(await sent(authorizer), `Bearer ${token}`);
  }));
});
