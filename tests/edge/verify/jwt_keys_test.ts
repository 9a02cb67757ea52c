/** Where the keys of an issuer come from: a real server on loopback, and a clock that a test moves. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { jwtBearer } from "../../../edge/verify/jwt_bearer.ts";
import type { Verification, Verifier, VerifierContext } from "../../../edge/verify/verifier.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { NOW_MS, verify } from "./deliveries.ts";
import {
  claimsOf,
  type Issuer,
  type SigningKey,
  signingKey,
  signToken,
  startIssuer,
  withToken,
} from "./issuer.ts";

const [first, second, third, unnamed, newUnnamed] = await Promise.all([
  signingKey("RS256", "first"),
  signingKey("RS256", "second"),
  signingKey("RS256", "third"),
  signingKey("RS256"),
  signingKey("RS256"),
]);

/** A verifier of an issuer on loopback, and the clock that both live by. */
class World implements AsyncDisposable {
  readonly clock = new ManualClock(NOW_MS);
  readonly issuer: Issuer;
  readonly verifier: Verifier;
  fetching = 0;

  constructor(key: SigningKey, keysAre: "known" | "discover" = "known") {
    this.issuer = startIssuer(key.jwk);
    const { issuer, jwksUrl } = this.issuer;
    this.verifier = jwtBearer({ issuer, audience: "hooks", ...(keysAre === "known" ? { jwksUrl } : {}) });
  }

  async verify(
    key: SigningKey,
    context: Partial<VerifierContext> = {},
  ): Promise<Verification> {
    const now = this.clock.nowMs() / 1000;
    const token = await signToken(
      key,
      claimsOf(this.issuer.issuer, { iat: now, nbf: now, exp: now + 300 }),
    );
    return await this.clock.runUntil(
      verify(this.verifier, withToken(token), { clock: this.clock, fetch: this.fetch, ...context }),
      () => this.fetching > 0,
    );
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    this.fetching++;
    try {
      const response = await fetch(request);
      const body = await response.arrayBuffer();
      return new Response(body.byteLength > 0 ? body : null, response);
    } finally {
      this.fetching--;
    }
  };

  async isTaken(key: SigningKey): Promise<boolean> {
    return (await this.verify(key)).isVerified;
  }

  /** How often the key set was fetched since the last look. */
  fetches(): number {
    const count = this.issuer.asked.filter((path) => path === "/jwks").length;
    this.issuer.asked.length = 0;
    return count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    assertEquals(this.clock.sleeping, 0);
    await this.issuer[Symbol.asyncDispose]();
  }
}

Deno.test("jwtBearer() fetches the keys when they are first needed, and keeps them", async () => {
  await using world = new World(first);
  assertEquals(world.fetches(), 0);
  for (let round = 0; round < 5; round++) assert(await world.isTaken(first));
  assertEquals(world.fetches(), 1);
});

Deno.test("jwtBearer() asks the issuer where its keys are", async () => {
  await using issuer = startIssuer(first.jwk);
  const verifier = jwtBearer({ issuer: issuer.issuer, audience: "hooks" });
  const token = await signToken(first, claimsOf(issuer.issuer));
  assert((await verify(verifier, withToken(token), { fetch })).isVerified);
  assertEquals(issuer.asked, ["/.well-known/openid-configuration", "/jwks"]);
});

Deno.test("jwtBearer() reads what an issuer answers after a byte order mark", async () => {
  await using server = startIssuer(first.jwk);
  const { issuer, jwksUrl } = server;
  server.respond = ({ url }) =>
    new Response(
      `\ufeff${JSON.stringify(url === jwksUrl ? { keys: [first.jwk] } : { issuer, jwks_uri: jwksUrl })}`,
    );
  const verifier = jwtBearer({ issuer, audience: "hooks" });
  assert((await verify(verifier, withToken(await signToken(first, claimsOf(issuer))), { fetch })).isVerified);
});

Deno.test("jwtBearer() asks an issuer whose name ends with a slash, and keeps to that name", async () => {
  await using server = startIssuer(first.jwk);
  const issuer = `${server.issuer}/`;
  server.respond = ({ url }) =>
    url.endsWith("/jwks") ? undefined : Response.json({ issuer, jwks_uri: server.jwksUrl });
  const verifier = jwtBearer({ issuer, audience: "hooks" });
  assert((await verify(verifier, withToken(await signToken(first, claimsOf(issuer))), { fetch })).isVerified);
  assert(
    !(await verify(verifier, withToken(await signToken(first, claimsOf(server.issuer))), { fetch }))
      .isVerified,
  );
});

Deno.test("jwtBearer() fetches the keys anew for a token that names one it does not know", async () => {
  await using world = new World(first);
  assert(await world.isTaken(first));
  world.issuer.keys = [second.jwk, first.jwk];
  await world.clock.advance(30_000);
  assert(await world.isTaken(second));
  assert(await world.isTaken(first));
  assertEquals(world.fetches(), 2);
});

Deno.test("jwtBearer() stops taking a key that the issuer has taken back, once its keys are old", async () => {
  await using world = new World(first);
  assert(await world.isTaken(first));
  world.issuer.keys = [second.jwk];
  await world.clock.advance(600_000);
  assert(await world.isTaken(first)); // They are ten minutes old, and no older.
  await world.clock.advance(1);
  assert(!await world.isTaken(first));
  assert(await world.isTaken(second));
  assertEquals(world.fetches(), 3); // One more look for the key that is gone.
});

Deno.test("jwtBearer() takes the new key of an issuer that gives its keys no ids, as Globus Auth does", async () => {
  await using world = new World(unnamed);
  assert(await world.isTaken(unnamed));
  world.issuer.keys = [newUnnamed.jwk];
  assert(await world.isTaken(newUnnamed));
  assert(!await world.isTaken(unnamed));
  assertEquals(world.fetches(), 2);
});

Deno.test("jwtBearer() takes a key that was rotated within the 30 seconds after the last look, once", async () => {
  for (const waitMs of [0, 1, 29_999]) {
    await using world = new World(first);
    assert(await world.isTaken(first));
    await world.clock.advance(waitMs);
    world.issuer.keys = [second.jwk];
    const many = await Promise.all(Array.from({ length: 20 }, () => world.isTaken(second)));
    assertEquals(new Set(many), new Set([true]));
    assertEquals(world.fetches(), 2);
    world.issuer.keys = [third.jwk];
    assert(!await world.isTaken(third)); // The one more look is used up.
    assertEquals(world.fetches(), 0);
    await world.clock.advance(30_000);
    assert(await world.isTaken(third));
    assertEquals(world.fetches(), 1);
  }
});

Deno.test("jwtBearer() fetches nothing for an unnamed key whose claims alone are wrong", async () => {
  await using world = new World(unnamed);
  assert(await world.isTaken(unnamed));
  const now = world.clock.nowMs() / 1000;
  for (const claims of [{ exp: now - 60 }, { aud: "others" }, { iss: "https://evil.example" }]) {
    const token = await signToken(unnamed, claimsOf(world.issuer.issuer, claims));
    const sent = withToken(token);
    const { isVerified } = await verify(world.verifier, sent, { clock: world.clock, fetch: world.fetch });
    assertEquals(isVerified, false);
  }
  assertEquals(world.fetches(), 1);
});

Deno.test("jwtBearer() looks for keys after the clock was set back by an hour as before", async () => {
  await using world = new World(first);
  assert(await world.isTaken(first));
  const { clock } = world;
  const back: VerifierContext["clock"] = {
    nowMs: () => clock.nowMs() - 3_600_000,
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, options) => clock.sleep(ms, options),
  };
  world.issuer.keys = [second.jwk];
  const now = back.nowMs() / 1000;
  const isTaken = async (key: SigningKey) => {
    const token = await signToken(key, claimsOf(world.issuer.issuer, { iat: now, nbf: now, exp: now + 300 }));
    return (await verify(world.verifier, withToken(token), { clock: back, fetch: world.fetch })).isVerified;
  };
  assert(await isTaken(second));
  assert(!await isTaken(first));
  assertEquals(world.fetches(), 2);
});

Deno.test("jwtBearer() fetches no more than two sets in 30 seconds, however many unknown keys are named", async () => {
  await using world = new World(first);
  for (let round = 0; round < 20; round++) {
    assert(!await world.isTaken(second));
    assert(!await world.isTaken(third));
    assert(!await world.isTaken(unnamed));
    await world.clock.advance(2_999);
  }
  assertEquals(world.fetches(), 4);
  assert(await world.isTaken(first));
});

Deno.test("jwtBearer() fetches nothing for a token that is forged under a key that it knows", async () => {
  await using world = new World(first);
  assert(await world.isTaken(first));
  await world.clock.advance(60_000);
  assert(!await world.isTaken({ ...second, jwk: { ...second.jwk, kid: "first" } }));
  assertEquals(world.fetches(), 1);
});

Deno.test("jwtBearer() fetches nothing for what no key could make good", async () => {
  await using world = new World(first);
  const [, claims, signature] = (await signToken(first, claimsOf(world.issuer.issuer))).split(".");
  for (const alg of ["none", "HS256", "ES256"]) {
    const header = btoa(JSON.stringify({ alg, kid: "first" })).replace(/=/g, "");
    const sent = withToken(`${header}.${claims}.${signature}`);
    assert(!(await verify(world.verifier, sent, { fetch: world.fetch })).isVerified);
  }
  for (const token of ["no.jwt", "AAAA.AAAA.AAAA", "a"]) {
    assert(!(await verify(world.verifier, withToken(token), { fetch: world.fetch })).isVerified);
  }
  assertEquals(world.fetches(), 0);
});

Deno.test("jwtBearer() fetches once for many requests that come at once, cold and while keys are rotated", async () => {
  await using world = new World(first);
  const many = (key: SigningKey) => Promise.all(Array.from({ length: 50 }, () => world.isTaken(key)));
  assertEquals(new Set(await many(first)), new Set([true]));
  assertEquals(world.fetches(), 1);
  world.issuer.keys = [second.jwk];
  await world.clock.advance(30_000);
  assertEquals(new Set(await many(second)), new Set([true]));
  assertEquals(world.fetches(), 1);
});

Deno.test("jwtBearer() goes on with known keys while others are fetched", async () => {
  await using world = new World(first);
  assert(await world.isTaken(first));
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  world.issuer.respond = () => {
    asked.resolve();
    return answer.promise;
  };
  await world.clock.advance(30_000);
  const waiting = world.isTaken(second);
  await asked.promise;
  assert(await world.isTaken(first));
  answer.resolve(Response.json({ keys: [second.jwk] }));
  assert(await waiting);
});

const FAILURES: [name: string, respond: (issuer: Issuer) => Response, reason: string][] = [
  ["an error", () => new Response("oops", { status: 500 }), "/jwks: the answer has the status 500, not 200"],
  ["nothing", () => new Response(null, { status: 204 }), "/jwks: the answer has the status 204, not 200"],
  [
    "a redirect",
    ({ issuer }) => Response.redirect(`${issuer}/elsewhere`),
    "/jwks: the answer has the status 302",
  ],
  ["a page", () => new Response("<html>"), "/jwks: the answer is no JSON"],
  ["half of it", () => new Response('{"keys":['), "/jwks: the answer is no JSON"],
  ["a text", () => Response.json("keys"), "/jwks: the answer is no JSON object"],
  ["no keys", () => Response.json({}), "what was answered is no set of JSON Web Keys"],
  [
    "keys that are none",
    () => Response.json({ keys: ["AQAB"] }),
    "what was answered is no set of JSON Web Keys",
  ],
  [
    "300 kB",
    () => Response.json({ keys: [{ x: "x".repeat(300_000) }] }),
    "/jwks: the answer has more than 262144 bytes",
  ],
];
for (const [name, respond, reason] of FAILURES) {
  Deno.test(`jwtBearer() rejects where the issuer answers with ${name}, and goes on once it does not`, async () => {
    await using world = new World(first);
    world.issuer.respond = () => respond(world.issuer);
    const error = await assertRejects(() => world.verify(first), Error, reason);
    assertStringIncludes(error.message, "Cannot ");
    assert(!world.issuer.asked.includes("/elsewhere"));
    world.issuer.respond = undefined;
    await assertRejects(() => world.verify(first), Error, reason); // It is left alone for a second.
    assertEquals(world.fetches(), 1);
    await world.clock.advance(1_000);
    assert(await world.isTaken(first));
  });
}

const CONFIGURATIONS: [name: string, configuration: (issuer: Issuer) => unknown, reason: string][] = [
  [
    "another issuer's",
    ({ jwksUrl }) => ({ issuer: "https://evil.example", jwks_uri: jwksUrl }),
    "that of another issuer",
  ],
  ["nobody's", ({ jwksUrl }) => ({ jwks_uri: jwksUrl }), "that of another issuer"],
  ["without an address", ({ issuer }) => ({ issuer }), "its 'jwks_uri' must be an address with HTTPS"],
  [
    "with plain HTTP",
    ({ issuer }) => ({ issuer, jwks_uri: "http://keys.example.org/" }),
    "must be an address with HTTPS",
  ],
  [
    "with a file",
    ({ issuer }) => ({ issuer, jwks_uri: "file:///etc/passwd" }),
    "must be an address with HTTPS",
  ],
];
for (const [name, configuration, reason] of CONFIGURATIONS) {
  Deno.test(`jwtBearer() rejects where the issuer's configuration is ${name}`, async () => {
    await using world = new World(first, "discover");
    world.issuer.respond = () => Response.json(configuration(world.issuer));
    await assertRejects(() => world.verify(first), Error, reason);
    assertEquals(world.issuer.asked, ["/.well-known/openid-configuration"]);
  });
}

Deno.test("jwtBearer() rejects where the issuer cannot be reached", async () => {
  const world = new World(first);
  await world[Symbol.asyncDispose]();
  await assertRejects(() => world.verify(first), Error, `Cannot fetch ${world.issuer.jwksUrl}: `);
});

/** Answers nothing, and ends with the request. */
function hang(request: Request): Promise<Response> {
  return new Promise((_, reject) => {
    request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
  });
}

Deno.test("jwtBearer() waits for the keys for 5 seconds", async () => {
  await using world = new World(first);
  const startMs = world.clock.nowMs();
  await assertRejects(() => world.verify(first, { fetch: hang }), Error, "no answer within 5000 ms");
  assertEquals(world.clock.nowMs() - startMs, 5_000);
});

Deno.test("jwtBearer() ends with the request, which is no failure of the issuer", async () => {
  await using world = new World(first);
  const controller = new AbortController();
  const reason = new Error("the sender has gone");
  const fetchAndEnd = (request: Request) => {
    const answer = hang(request);
    controller.abort(reason);
    return answer;
  };
  const error = await assertRejects(() =>
    world.verify(first, { fetch: fetchAndEnd, signal: controller.signal })
  );
  assertEquals(error, reason);
  assert(await world.isTaken(first));
});

Deno.test("jwtBearer() fetches the keys where the request that was doing so has died without a word", async () => {
  await using world = new World(first);
  const dead = {
    clock: { nowMs: () => NOW_MS, monotonicMs: () => world.clock.monotonicMs(), sleep: hangForever },
    fetch: hangForever,
  };
  const token = withToken(await signToken(first, claimsOf(world.issuer.issuer)));
  verify(world.verifier, token, dead); // As a Worker that is stopped: it never goes on.
  assert(await world.isTaken(first));
  assert(world.clock.nowMs() - NOW_MS >= 6_000);
  assert(world.clock.nowMs() - NOW_MS < 6_100);
  assertEquals(world.fetches(), 1);
});

function hangForever(): Promise<never> {
  return new Promise(() => {});
}
