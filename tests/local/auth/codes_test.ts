/** An authorization code is used once, in time, by its own client. */
import { assertEquals } from "@std/assert";
import {
  ask,
  askForToken,
  assertRefused,
  codeOf,
  ownersClient,
  startWorld,
  tokensOf,
  tradeOf,
} from "./auth_helpers.ts";

Deno.test("a code that comes twice is refused, and ends the tokens that it gave", async () => {
  await using world = startWorld();
  const { local } = world;
  const trade = tradeOf(local, await codeOf(local, { access_type: "offline" }));
  const { access, refresh } = await tokensOf(local, trade, {});
  assertEquals(await ask(local, access), "200");
  assertRefused(await askForToken(local, trade, {}), "invalid_grant");
  assertEquals(await ask(local, access), "401 INVALID_AUTH_TOKEN");
  const renewal = { grant_type: "refresh_token", client_id: local.nativeClientId, refresh_token: refresh };
  assertRefused(await askForToken(local, renewal, {}), "invalid_grant");
});

Deno.test("a code that comes many times at once gives tokens once at most, and they end", async () => {
  await using world = startWorld();
  const { local } = world;
  const trade = tradeOf(local, await codeOf(local));
  const answers = await Promise.all(Array.from({ length: 8 }, () => askForToken(local, trade, {})));
  const given = answers.filter(({ status }) => status === 200);
  assertEquals(given.length, 1);
  assertEquals(await ask(local, String(given[0]?.body.access_token)), "401 INVALID_AUTH_TOKEN");
});

Deno.test("a code is for its client, its redirect URI and its verifier alone, and a mistake does not use it up", async (t) => {
  await using world = startWorld();
  const { local } = world;
  const code = await codeOf(local);
  const cases: [name: string, changes: Record<string, string>, error: string][] = [
    ["another verifier", { code_verifier: "x".repeat(43) }, "invalid_grant"],
    ["an empty verifier", { code_verifier: "" }, "invalid_grant"],
    ["the challenge as its verifier", {
      code_verifier: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    }, "invalid_grant"],
    ["another redirect URI", { redirect_uri: "http://localhost:4321/other" }, "invalid_grant"],
    ["a redirect URI that only begins well", {
      redirect_uri: "http://localhost:4321/callback/",
    }, "invalid_grant"],
    ["no code", { code: "" }, "invalid_request"],
    ["an unknown code", { code: "x" }, "invalid_grant"],
    ["an inherited name for a code", { code: "__proto__" }, "invalid_grant"],
  ];
  for (const [name, changes, error] of cases) {
    await t.step(name, async () => {
      assertRefused(await askForToken(local, tradeOf(local, code, changes), {}), error);
    });
  }
  for (const missing of ["redirect_uri", "code_verifier"]) {
    await t.step(`no ${missing}`, async () => {
      const { [missing]: _, ...rest } = tradeOf(local, code);
      assertRefused(await askForToken(local, rest, {}), "invalid_grant");
    });
  }
  await t.step("another client", async () => {
    assertRefused(await askForToken(local, tradeOf(local, code), ownersClient(local)), "invalid_grant");
  });
  await tokensOf(local, tradeOf(local, code), {});
});

Deno.test("a code lasts for ten minutes", async () => {
  await using world = startWorld();
  const { local, clock } = world;
  const [early, late] = [await codeOf(local), await codeOf(local)];
  await clock.advance(599_999);
  await tokensOf(local, tradeOf(local, early), {});
  await clock.advance(1);
  assertRefused(await askForToken(local, tradeOf(local, late), {}), "invalid_grant");
});

Deno.test("a client with a secret needs no challenge, and then sends no verifier", async () => {
  await using world = startWorld();
  const { local } = world;
  const parameters = {
    client_id: local.clientId,
    code_challenge: undefined,
    code_challenge_method: undefined,
  };
  const { client_id: _, code_verifier: verifier = "", ...trade } = tradeOf(
    local,
    await codeOf(local, parameters),
  );
  // Whoever injects a code into another's login comes with a verifier that no challenge is there for.
  assertRefused(await askForToken(local, { ...trade, code_verifier: verifier }), "invalid_grant");
  await tokensOf(local, trade);
});
