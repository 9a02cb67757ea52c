/** Proves which claims of a token `verifyJwt()` refuses: issuer, audience, times, and claims that are no object. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { ComputeAuthorizationError } from "../../mod.ts";
import { verifyJwt } from "../../src/auth/verify_jwt.ts";
import { ManualClock } from "../support/manual_clock.ts";
import {
  assertHonestPasses,
  assertRefused,
  AUDIENCE,
  CLAIMS,
  ISSUER,
  issuer,
  NOW,
  OPTIONS,
  second,
  sign,
} from "./verify_jwt_helpers.ts";

Deno.test("verifyJwt() refuses another issuer", async () => {
  await assertHonestPasses();
  for (const iss of [`${ISSUER}/`, ISSUER.toUpperCase(), "https://evil.example", [ISSUER], 7, null, ""]) {
    const token = await sign(issuer.privateKey, {}, { ...CLAIMS, iss });
    await assertRefused(token, `its issuer is ${JSON.stringify(iss)}, not "${ISSUER}"`);
  }
  const { iss: _, ...rest } = CLAIMS;
  await assertRefused(await sign(issuer.privateKey, {}, rest), "it has no claim 'iss'");
});

Deno.test("verifyJwt() refuses another audience", async () => {
  await assertHonestPasses();
  for (const aud of ["other", [], ["other", "another"], [[AUDIENCE]], { [AUDIENCE]: true }, 7, null, ""]) {
    const token = await sign(issuer.privateKey, {}, { ...CLAIMS, aud });
    await assertRefused(token, `its audience is ${JSON.stringify(aud)}, not "${AUDIENCE}"`);
  }
  const { aud: _, ...rest } = CLAIMS;
  await assertRefused(await sign(issuer.privateKey, {}, rest), "it has no claim 'aud'");
  const long = await sign(issuer.privateKey, {}, { ...CLAIMS, aud: "x".repeat(5000) });
  const error = await assertRejects(() => verifyJwt(long, OPTIONS), ComputeAuthorizationError);
  assert(error.message.length < 400);
});

Deno.test("verifyJwt() takes any audience of several", async () => {
  const claims = { ...CLAIMS, aud: ["other", AUDIENCE] };
  assertEquals(await verifyJwt(await sign(issuer.privateKey, {}, claims), OPTIONS), claims);
  await assertHonestPasses({ ...OPTIONS, audience: ["mine", AUDIENCE] });
  await assertRefused(await sign(issuer.privateKey), `not "mine" or "yours"`, {
    ...OPTIONS,
    audience: ["mine", "yours"],
  });
});

Deno.test("verifyJwt() refuses a token whose time is over, to the second", async () => {
  await assertHonestPasses();
  for (const [exp, tolerance, passes] of [[1, 0, true], [0, 0, false], [-29, 30, true], [-30, 30, false]]) {
    const claims = { ...CLAIMS, exp: NOW + Number(exp) };
    const token = await sign(issuer.privateKey, {}, claims);
    const options = { ...OPTIONS, clockToleranceSeconds: Number(tolerance) };
    if (passes) assertEquals(await verifyJwt(token, options), claims);
    else await assertRefused(token, `it ended at ${new Date(claims.exp * 1000).toISOString()}, and`, options);
  }
});

Deno.test("verifyJwt() tells the time by the clock that it is given", async () => {
  const own = new ManualClock();
  const token = await sign(issuer.privateKey);
  assertEquals(await verifyJwt(token, { ...OPTIONS, clock: own }), CLAIMS);
  await own.advance(300_000);
  await assertRefused(token, "it is 2026-01-01T00:05:00.000Z here", { ...OPTIONS, clock: own });
  const { clock: _, ...withoutClock } = OPTIONS;
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { ...CLAIMS, exp: nowSeconds + 60 };
  assertEquals(await verifyJwt(await sign(issuer.privateKey, {}, claims), withoutClock), claims);
  const past = await sign(issuer.privateKey, {}, { ...CLAIMS, exp: nowSeconds - 60 });
  await assertRefused(past, "it ended at", withoutClock);
});

Deno.test("verifyJwt() refuses a token whose time has not come", async () => {
  await assertHonestPasses();
  for (const [nbf, tolerance, passes] of [[0, 0, true], [1, 0, false], [30, 30, true], [31, 30, false]]) {
    const claims = { ...CLAIMS, nbf: NOW + Number(nbf) };
    const token = await sign(issuer.privateKey, {}, claims);
    const options = { ...OPTIONS, clockToleranceSeconds: Number(tolerance) };
    if (passes) assertEquals(await verifyJwt(token, options), claims);
    else await assertRefused(token, "it is not to be used before 2026-01-01T00:00:", options);
  }
});

Deno.test("verifyJwt() refuses a token without an end", async () => {
  await assertHonestPasses();
  const { exp: _, ...rest } = CLAIMS;
  await assertRefused(await sign(issuer.privateKey, {}, rest), "it has no claim 'exp'");
});

Deno.test("verifyJwt() refuses times that are no numbers", async () => {
  await assertHonestPasses();
  for (const value of [String(NOW + 300), null, [NOW + 300], "tomorrow"]) {
    for (const claim of ["exp", "nbf"]) {
      const token = await sign(issuer.privateKey, {}, { ...CLAIMS, [claim]: value });
      await assertRefused(token, `its claim '${claim}' is no number`);
    }
  }
  await assertRefused(
    await sign(issuer.privateKey, {}, { ...CLAIMS, exp: -1e300 }),
    "it ended at second -1e+300",
  );
});

Deno.test("verifyJwt() refuses claims that are no object", async () => {
  await assertHonestPasses();
  for (const claims of ["no JSON", "[]", "null", "7"]) {
    await assertRefused(await sign(issuer.privateKey, {}, claims), "its claims are no JSON object");
    await assertRefused(await sign(issuer.privateKey, {}, claims), "its claims are no JSON object", {
      ...OPTIONS,
      keys: { keys: [second.jwk, issuer.jwk] },
    });
  }
});
