/**
 * Where the keys of an issuer are fetched from: an address in the options is trusted, and so is the issuer's own origin;
 * any other that the issuer's document names is held against the rule for outgoing addresses. A handler takes the
 * deliveries, and the servers listen on loopback.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { EdgeOptions } from "../../../edge/options.ts";
import { jwtBearer, type JwtBearerOptions } from "../../../edge/verify/jwt_bearer.ts";
import { setUpEdge } from "../edge_helpers.ts";
import { claimsOf, signingKey, signToken, startIssuer } from "./issuer.ts";

const key = await signingKey("RS256", "first");

/** What came of a delivery. */
interface Outcome {
  status: number;
  /** What the operator is told. */
  cause: string;
  /** Where keys were asked for. */
  asked: string[];
}

/** Has a handler take a delivery with a token of this issuer, whose document names this address for its keys. */
async function deliver(
  jwksUri: string,
  { issuer = "https://issuer.example", verifier = {}, options = {}, answers = {} }: {
    issuer?: string;
    verifier?: Partial<JwtBearerOptions>;
    options?: Partial<EdgeOptions>;
    answers?: Record<string, () => Response>;
  } = {},
): Promise<Outcome> {
  const asked: string[] = [];
  await using edge = await setUpEdge({
    hook: { verify: jwtBearer({ issuer, audience: "hooks", ...verifier }) },
    options: {
      allowPrivateAddresses: false,
      resolveAddresses: () => Promise.reject(new Error("no such name")),
      ...options,
    },
    fetch: (request, send) => {
      const { href } = new URL(request.url);
      const answer = answers[href];
      if (href === `${issuer}/.well-known/openid-configuration`) {
        return Promise.resolve(Response.json({ issuer, jwks_uri: jwksUri }));
      }
      if (answer === undefined && href !== jwksUri) return send(request);
      asked.push(href);
      return answer === undefined ? fetch(request) : Promise.resolve(answer());
    },
  });
  const response = await edge.handler(
    new Request("https://hooks.example.org/hooks/push", {
      method: "POST",
      body: "{}",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${await signToken(key, claimsOf(issuer))}`,
      },
    }),
  );
  await response.body?.cancel();
  await edge.idle();
  const refused = edge.events.find((event) => event.kind === "deliveryRefused");
  const { cause = "", error } = refused?.kind === "deliveryRefused" ? refused : {};
  return { status: response.status, cause: `${cause} ${error instanceof Error ? error.message : ""}`, asked };
}

const keySet = () => Response.json({ keys: [key.jwk] });

Deno.test("keys are not fetched from loopback because a document says so", async () => {
  await using server = startIssuer(key.jwk);
  const { status, cause, asked } = await deliver(server.jwksUrl);
  assertEquals([status, asked, server.asked], [503, [], []]);
  assertStringIncludes(
    cause,
    "nothing is fetched from its 'jwks_uri', as the address is not one of HTTPS; give 'jwksUrl' if you trust it",
  );
});

for (
  const [address, problem] of [
    ["https://127.0.0.1/jwks", "the address is not public"],
    ["https://10.0.0.1/jwks", "the address is not public"],
    ["https://[::1]:8443/jwks", "the address is not public"],
    ["https://[::ffff:169.254.169.254]/latest/meta-data/", "the address is not public"],
    ["https://2130706433/jwks", "the address is not public"],
    ["https://metadata.google.internal/computeMetadata/v1/", "the address is not public"],
    ["https://localhost:8200/v1/sys/health", "the address is not public"],
    ["https://keys.example/jwks", "the host has an address that is not public"],
    ["https://unknown.example/jwks", "the host's name was not resolved"],
  ] as const
) {
  Deno.test(`keys are not fetched from ${address} because a document says so`, async () => {
    const { status, cause, asked } = await deliver(address, {
      options: {
        resolveAddresses: (name) =>
          name === "keys.example"
            ? Promise.resolve(["93.184.216.34", "192.168.1.5"])
            : Promise.reject(new Error("no such name")),
      },
    });
    assertEquals([status, asked], [503, []]);
    assertStringIncludes(cause, problem);
  });
}

Deno.test("keys are fetched from a public address that a document names", async () => {
  const address = "https://keys.example/jwks";
  const { status, asked } = await deliver(address, {
    options: { resolveAddresses: () => Promise.resolve(["93.184.216.34"]) },
    answers: { [address]: keySet },
  });
  assertEquals([status, asked], [202, [address]]);
});

Deno.test("keys are fetched from the issuer's own origin, from an address in the options, and where all are allowed", async () => {
  await using server = startIssuer(key.jwk);
  const { issuer, jwksUrl } = server;
  assertEquals((await deliver(jwksUrl, { issuer })).status, 202);
  assertEquals((await deliver(jwksUrl, { verifier: { jwksUrl } })).status, 202);
  assertEquals((await deliver(jwksUrl, { options: { allowPrivateAddresses: true } })).status, 202);
  // An issuer on loopback says no more than any other of addresses that are not its own.
  await using other = startIssuer(key.jwk);
  assertEquals((await deliver(other.jwksUrl, { issuer })).status, 503);
  assertEquals(other.asked, []);
});

Deno.test("keys are not fetched from where a redirect leads", async () => {
  await using server = startIssuer(key.jwk);
  const address = "https://keys.example/jwks";
  const { status, asked } = await deliver(address, {
    options: { resolveAddresses: () => Promise.resolve(["93.184.216.34"]) },
    answers: { [address]: () => Response.redirect(server.jwksUrl) },
  });
  assertEquals([status, asked, server.asked], [503, [address], []]);
});
