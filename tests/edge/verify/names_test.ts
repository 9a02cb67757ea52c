/** A verifier has the name of the function that made it. */
import { assertEquals } from "@std/assert";
import {
  anyOf,
  bearer,
  discord,
  github,
  gitlab,
  headerSecret,
  hmac,
  huggingFace,
  inngest,
  jwtBearer,
  meta,
  microsoftGraph,
  qstash,
  slack,
  standardWebhooks,
  timestampedHmac,
  type Verifier,
} from "../../../edge/mod.ts";

const secrets = ["It's a Secret to Everybody"];

Deno.test("a verifier has the name of what made it, for the operator's list", () => {
  const verifiers: Record<string, Verifier> = {
    github: github({ secrets, events: ["push"] }),
    gitlab: gitlab({ secrets }),
    headerSecret: headerSecret({ header: "x-secret", secrets }),
    huggingFace: huggingFace({ secrets }),
    discord: discord({ publicKeys: ["0".repeat(64)] }),
    inngest: inngest({ secrets }),
    meta: meta({ secrets, verifyTokens: ["meatyhamhock"] }),
    microsoftGraph: microsoftGraph({ clientStates: ["secretClientValue"] }),
    qstash: qstash({ secrets }),
    slack: slack({ secrets }),
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
