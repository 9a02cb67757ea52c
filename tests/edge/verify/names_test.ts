/** A verifier has the name of the function that made it. */
import { assertEquals } from "@std/assert";
import {
  anyOf,
  bearer,
  github,
  hmac,
  jwtBearer,
  standardWebhooks,
  timestampedHmac,
  type Verifier,
} from "../../../edge/mod.ts";

const secrets = ["It's a Secret to Everybody"];

Deno.test("a verifier has the name of what made it, for the operator's list", () => {
  const verifiers: Record<string, Verifier> = {
    github: github({ secrets }),
    hmac: hmac({ header: "x-mac", encoding: "hex", algorithm: "SHA-256", secrets }),
    bearer: bearer({ tokens: ["a-token-of-16-letters"] }),
    standardWebhooks: standardWebhooks({ secrets: [`whsec_${btoa("s".repeat(32))}`] }),
    timestampedHmac: timestampedHmac({ form: "stripe", secrets }),
    jwtBearer: jwtBearer({ issuer: "https://issuer.example.org", audience: "us" }),
    "anyOf(github, …)": anyOf(
      github({ secrets }),
      (() => () => Promise.resolve({ isVerified: false as const, cause: "" }))(),
    ),
  };
  for (const [name, verifier] of Object.entries(verifiers)) assertEquals(verifier.name, name);
});
