import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { Webhook } from "standardwebhooks";
import { standardWebhooks } from "../../../edge/verify/standard_webhooks.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { delivery, NOW_MS, signedRequest, verify } from "./deliveries.ts";
import { ASYMMETRIC_WEBHOOKS, type Scheme, STANDARD_WEBHOOKS } from "./schemes.ts";

const { secret: SECRET, otherSecret: OTHER_SECRET } = STANDARD_WEBHOOKS;
const { secret: PUBLIC_KEY, otherSecret: OTHER_PUBLIC_KEY } = ASYMMETRIC_WEBHOOKS;
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const VECTOR_SECONDS = 1614265330;
const VECTOR_BODY = '{"test": 2432232314}';

function request(
  signature: string,
  { id = ID, seconds = VECTOR_SECONDS, body = VECTOR_BODY, prefix = "webhook" } = {},
): Request {
  return new Request("https://hooks.example.org/", {
    method: "POST",
    body,
    headers: {
      [`${prefix}-id`]: id,
      [`${prefix}-timestamp`]: String(seconds),
      [`${prefix}-signature`]: signature,
    },
  });
}

const VECTORS: [name: string, secret: string, signature: string][] = [
  ["v1", SECRET, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
  [
    "v1a, of the specification",
    "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
  ],
  [
    "v1a, by the key of RFC 8037 and OpenSSL",
    "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw==",
  ],
];
const CLOCK_OF_VECTORS = { clock: new ManualClock(VECTOR_SECONDS * 1000) };

for (const [name, secret, signature] of VECTORS) {
  Deno.test(`standardWebhooks() verifies the vector for ${name}`, async () => {
    const verifier = standardWebhooks({ secrets: [secret] });
    assertEquals(await verify(verifier, request(signature), CLOCK_OF_VECTORS), {
      isVerified: true,
      deliveryId: ID,
      isIdSigned: true,
    });
    for (const [, other] of VECTORS.filter(([, other]) => other !== secret)) {
      assert(
        !(await verify(standardWebhooks({ secrets: [other] }), request(signature), CLOCK_OF_VECTORS))
          .isVerified,
      );
    }
  });
}

Deno.test("standardWebhooks() takes any good signature of several, by any of several secrets", async () => {
  const secrets = VECTORS.map(([, secret]) => secret);
  const good = VECTORS.map(([, , signature]) => signature);
  const wrong = [`v1,${"A".repeat(43)}=`, `v1a,${"A".repeat(86)}==`, "v2,something-of-the-future"];
  for (const [at, signature] of good.entries()) {
    for (const list of [[...wrong, signature], [signature, ...wrong], [wrong[0], signature, wrong[1]]]) {
      const sent = request(list.join(" "));
      assert((await verify(standardWebhooks({ secrets }), sent.clone(), CLOCK_OF_VECTORS)).isVerified);
      const others = secrets.filter((_, other) => other !== at);
      assert(!(await verify(standardWebhooks({ secrets: others }), sent, CLOCK_OF_VECTORS)).isVerified);
    }
  }
});

Deno.test("standardWebhooks() takes no signature of one version for one of the other", async () => {
  for (const [, secret, signature] of VECTORS) {
    const [version, text] = signature.split(",");
    const sent = request(`${version === "v1" ? "v1a" : "v1"},${text}`);
    assert(!(await verify(standardWebhooks({ secrets: [secret] }), sent, CLOCK_OF_VECTORS)).isVerified);
  }
});

Deno.test("standardWebhooks() never takes a public key for a secret that is shared", async () => {
  // Whoever knows the public key could sign, if its bytes counted as the secret of v1.
  const shared = PUBLIC_KEY.replace("whpk_", "whsec_");
  const forged = signedRequest(STANDARD_WEBHOOKS, delivery(), { secret: shared });
  assert((await verify(standardWebhooks({ secrets: [shared] }), forged.clone())).isVerified);
  assert(!(await verify(standardWebhooks({ secrets: [PUBLIC_KEY] }), forged)).isVerified);
});

Deno.test("standardWebhooks() verifies what its peer signs, for all example payloads of GitHub", async () => {
  const peer = new Webhook(SECRET);
  const verifier = standardWebhooks({ secrets: [OTHER_SECRET, SECRET] });
  for (const [at, payload] of examples.flatMap(({ examples }) => examples as unknown[]).entries()) {
    const body = JSON.stringify(payload);
    const id = `msg_${at}`;
    const signature = peer.sign(id, new Date(NOW_MS), body);
    const sent = request(signature, { id, seconds: NOW_MS / 1000, body });
    assertEquals(await verify(verifier, sent), { isVerified: true, deliveryId: id, isIdSigned: true });
    const altered = request(signature, { id, seconds: NOW_MS / 1000, body: `${body} ` });
    assert(!(await verify(verifier, altered)).isVerified);
  }
});

Deno.test("standardWebhooks() takes what its peer takes, and the peer what it takes", async () => {
  const peer = new Webhook(SECRET); // It looks at the runtime's own clock.
  const nowMs = Date.now();
  const clock = new ManualClock(nowMs);
  for (const seconds of [0, -240, 240, -360, 360].map((apart) => Math.floor(nowMs / 1000) + apart)) {
    const sent = signedRequest(STANDARD_WEBHOOKS, delivery({ timestamp: String(seconds) }));
    const body = await sent.clone().text();
    const headers = Object.fromEntries(sent.headers);
    let isTakenByPeer = true;
    try {
      peer.verify(body, headers);
    } catch {
      isTakenByPeer = false;
    }
    const verification = await verify(standardWebhooks({ secrets: [SECRET] }), sent, { clock });
    assertEquals(verification.isVerified, isTakenByPeer, `${seconds * 1000 - nowMs} ms from now`);
  }
});

for (const scheme of [STANDARD_WEBHOOKS, ASYMMETRIC_WEBHOOKS]) {
  Deno.test(`${scheme.name} takes a timestamp up to 300 seconds off, either way, or as the option says`, async () => {
    const tolerant = standardWebhooks({ secrets: [scheme.secret], toleranceSeconds: 20 });
    for (const [verifier, limit] of [[scheme.verifier([scheme.secret]), 300], [tolerant, 20]] as const) {
      for (const apart of [-limit - 1, -limit, -1, 0, 1, limit, limit + 1]) {
        const timestamp = String(NOW_MS / 1000 + apart);
        const verification = await verify(verifier, signedRequest(scheme, delivery({ timestamp })));
        assertEquals(verification.isVerified, Math.abs(apart) <= limit, `${apart} seconds`);
      }
    }
  });

  Deno.test(`${scheme.name} tells how far off a timestamp is`, async () => {
    const causeAt = async (apart: number) => {
      const timestamp = String(NOW_MS / 1000 + apart);
      const verification = await verify(
        scheme.verifier([scheme.secret]),
        signedRequest(scheme, delivery({ timestamp })),
      );
      return verification.isVerified ? "" : verification.cause;
    };
    assert((await causeAt(-301)).startsWith("the timestamp is 301 seconds in the past, and 300 are allowed"));
    assert((await causeAt(3600)).startsWith("the timestamp is 3600 seconds ahead, and 300 are allowed"));
  });
}

Deno.test("standardWebhooks() takes the names of header fields that Svix has", async () => {
  const [, secret, signature] = VECTORS[0] ?? ["", "", ""];
  const sent = request(signature, { prefix: "svix" });
  const svix = standardWebhooks({ secrets: [secret], headerPrefix: "svix" });
  assert((await verify(svix, sent.clone(), CLOCK_OF_VECTORS)).isVerified);
  assert(!(await verify(standardWebhooks({ secrets: [secret] }), sent, CLOCK_OF_VECTORS)).isVerified);
  assertThrows(
    () => standardWebhooks({ secrets: [secret], headerPrefix: "x" as "svix" }),
    TypeError,
    "'headerPrefix'",
  );
});

Deno.test("standardWebhooks() takes ten signatures, and no more", async () => {
  const [, secret, signature] = VECTORS[0] ?? ["", "", ""];
  const wrong = `v1,${"A".repeat(43)}=`;
  const verifier = standardWebhooks({ secrets: [secret] });
  const isTaken = async (...signatures: string[]) =>
    (await verify(verifier, request(signatures.join(" ")), CLOCK_OF_VECTORS)).isVerified;
  const nine = Array<string>(9).fill(wrong);
  assert(await isTaken(...nine, signature));
  assert(await isTaken(signature, ...nine));
  assert(!await isTaken(wrong, ...nine, signature));
  assert(!await isTaken(signature, ...nine, wrong));
});

Deno.test("standardWebhooks() refuses a good signature beside one that is malformed", async () => {
  const [, secret, signature] = VECTORS[0] ?? ["", "", ""];
  for (const malformed of ["v1,AAAA", "v1a,AAAA", "v1", "v1,", ",AAAA", ""]) {
    const sent = request(`${signature} ${malformed} ${signature}`);
    const verification = await verify(standardWebhooks({ secrets: [secret] }), sent, CLOCK_OF_VECTORS);
    assert(!verification.isVerified, malformed);
    assert(verification.cause.includes("is malformed"), verification.cause);
  }
});

const base64 = (length: number) => Buffer.alloc(length, 7).toString("base64");
const REFUSED_SECRETS: [name: string, secrets: unknown, message: string][] = [
  ["none", [], "without 'secrets'"],
  ["a text alone", SECRET, "without 'secrets'"],
  ["no text", [7], "'secrets[0]' of standardWebhooks(): it must begin with 'whsec_' or 'whpk_'"],
  ["no prefix", [SECRET, base64(32)], "'secrets[1]' of standardWebhooks(): it must begin with"],
  ["a private key", [`whsk_${base64(64)}`], "it is the sender's private key"],
  ["23 bytes", [`whsec_${base64(23)}`], "'whsec_' must be followed by 24 to 64 bytes in base64"],
  ["65 bytes", [`whsec_${base64(65)}`], "'whsec_' must be followed by 24 to 64 bytes in base64"],
  ["no base64", [`whsec_${"%".repeat(32)}`], "'whsec_' must be followed by 24 to 64 bytes in base64"],
  ["a line break", [`${SECRET}\n`], "'whsec_' must be followed by 24 to 64 bytes in base64"],
  ["a public key of 31 bytes", [`whpk_${base64(31)}`], "'whpk_' must be followed by 32 bytes in base64"],
  ["a public key of 64 bytes", [`whpk_${base64(64)}`], "'whpk_' must be followed by 32 bytes in base64"],
];
for (const [name, secrets, message] of REFUSED_SECRETS) {
  Deno.test(`standardWebhooks() refuses secrets: ${name}`, () => {
    const error = assertThrows(
      () => standardWebhooks({ secrets: secrets as string[] }),
      TypeError,
      message,
    );
    for (const text of [secrets].flat().map(String)) {
      assert(text.length < 9 || !error.message.includes(text.slice(6)));
    }
  });
}

for (const length of [24, 64]) {
  Deno.test(`standardWebhooks() takes a secret of ${length} bytes`, async () => {
    const secret = `whsec_${base64(length)}`;
    const sent = signedRequest(STANDARD_WEBHOOKS, delivery(), { secret });
    assert((await verify(standardWebhooks({ secrets: [secret] }), sent)).isVerified);
  });
}

for (const toleranceSeconds of [0, -1, 1.5, NaN, Infinity, 86_401, "300"]) {
  Deno.test(`standardWebhooks() refuses a tolerance of ${JSON.stringify(toleranceSeconds)}`, () => {
    assertThrows(
      () => standardWebhooks({ secrets: [SECRET], toleranceSeconds: toleranceSeconds as number }),
      typeof toleranceSeconds === "number" ? RangeError : TypeError,
      "'toleranceSeconds' of standardWebhooks()",
    );
  });
}

Deno.test("standardWebhooks() takes old and new secrets and keys while they are rotated", async () => {
  const senders: [Scheme, string][] = [
    [STANDARD_WEBHOOKS, SECRET],
    [STANDARD_WEBHOOKS, OTHER_SECRET],
    [ASYMMETRIC_WEBHOOKS, PUBLIC_KEY],
    [ASYMMETRIC_WEBHOOKS, OTHER_PUBLIC_KEY],
  ];
  const verifier = standardWebhooks({ secrets: senders.map(([, secret]) => secret) });
  for (const [scheme, secret] of senders) {
    const sent = () => signedRequest(scheme, delivery(), { secret });
    assert((await verify(verifier, sent())).isVerified);
    const without = standardWebhooks({
      secrets: senders.map(([, one]) => one).filter((one) => one !== secret),
    });
    assert(!(await verify(without, sent())).isVerified);
  }
});
