/** standardWebhooks() verifies published vectors, and agrees with an independent library. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
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

/** What the reference library says of a request, whose clock is the runtime's. */
async function isTakenBy(peer: Webhook, sent: Request): Promise<boolean> {
  try {
    peer.verify(await sent.clone().text(), Object.fromEntries(sent.headers));
    return true;
  } catch {
    return false;
  }
}

Deno.test("standardWebhooks() takes what its peer takes, and the peer what it takes", async () => {
  const peer = new Webhook(SECRET); // It looks at the runtime's own clock.
  const nowMs = Date.now();
  const clock = new ManualClock(nowMs);
  for (const seconds of [0, -240, 240, -360, 360].map((apart) => Math.floor(nowMs / 1000) + apart)) {
    const sent = signedRequest(STANDARD_WEBHOOKS, delivery({ timestamp: String(seconds) }));
    const isTakenByPeer = await isTakenBy(peer, sent);
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

Deno.test("standardWebhooks() takes ten signatures, and no more, whatever else is there", async () => {
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
  // What costs no HMAC does not count.
  assert(await isTaken(...Array<string>(200).fill("v2,foreign"), ...nine, signature));
  assert(await isTaken(...Array<string>(100).fill(`v1a,${"A".repeat(86)}==`), signature));
});

/** What may stand beside a good signature. */
const BESIDE: [name: string, header: (good: string) => string][] = [
  ["a short signature", (good) => `v1,abc ${good}`],
  ["an entry of three parts", (good) => `v2,a,b ${good}`],
  ["a v1a of another length", (good) => `v1a,AAAA ${good}`],
  ["two spaces", (good) => `v1,${"A".repeat(43)}=  ${good}`],
  ["a comma-joined repeat", (good) => `${good}, ${good}`],
  ["an entry without a signature", (good) => `v1 ${good}`],
  ["an entry with an empty signature", (good) => `v1, ${good}`],
  ["an entry without a version", (good) => `,AAAA ${good}`],
  ["a space at the end", (good) => `${good} x`],
  ["a third part of its own", (good) => `${good},v9`],
  ["base64 without padding", (good) => `v1,${"A".repeat(43)} ${good}`],
  ["an entry in hexadecimal", (good) => `v1,${"0a".repeat(32)} ${good}`],
  ["the name of a member of every object", (good) => `constructor,AAAA __proto__,AAAA ${good}`],
];

for (const [name, header] of BESIDE) {
  Deno.test(`standardWebhooks() takes a good signature beside ${name}, as its peer does`, async () => {
    const peer = new Webhook(SECRET);
    const sentAt = new Date();
    const good = peer.sign(ID, sentAt, VECTOR_BODY);
    const seconds = Math.floor(sentAt.getTime() / 1000);
    for (
      const [value, isGood] of [[header(good), true], [
        header(good.replace(/.{4}=$/, "AAA=")),
        false,
      ]] as const
    ) {
      const sent = request(value, { seconds });
      const isTakenByPeer = await isTakenBy(peer, sent);
      const clock = new ManualClock(sentAt.getTime());
      const { isVerified } = await verify(standardWebhooks({ secrets: [SECRET] }), sent, { clock });
      assertEquals([isTakenByPeer, isVerified], [isGood, isGood], value);
    }
  });
}

Deno.test("standardWebhooks() takes whatever list its peer takes, and no other", async () => {
  const peer = new Webhook(SECRET);
  const sentAt = new Date();
  const good = peer.sign(ID, sentAt, VECTOR_BODY);
  const entry = fc.oneof(
    fc.constantFrom(good, good.slice(0, -1), `${good},x`, good.replace("v1,", "v1a,"), "v1", "", ","),
    fc.stringMatching(/^(v1|v1a|v2|),[A-Za-z0-9+/=]{0,60}$/),
    fc.stringMatching(/^[ -~]{0,20}$/),
  );
  const list = fc.tuple(fc.array(entry, { maxLength: 9 }), fc.constantFrom(" ", "  ", ", ", ","));
  await fc.assert(
    fc.asyncProperty(list, async ([entries, separator]) => {
      const sent = request(entries.join(separator), { seconds: Math.floor(sentAt.getTime() / 1000) });
      const isTakenByPeer = await isTakenBy(peer, sent);
      const clock = new ManualClock(sentAt.getTime());
      const { isVerified } = await verify(standardWebhooks({ secrets: [SECRET] }), sent, { clock });
      assertEquals(isVerified, isTakenByPeer, sent.headers.get("webhook-signature") ?? "");
    }),
    { numRuns: 500, seed: 7 },
  );
});

Deno.test("standardWebhooks() tells the operator of a header without any signature", async () => {
  for (const value of ["v2,AAAA", "v1,AAAA", "v1", "", "nothing at all"]) {
    const verification = await verify(
      standardWebhooks({ secrets: [SECRET] }),
      request(value),
      CLOCK_OF_VECTORS,
    );
    assert(!verification.isVerified && verification.cause.includes("is malformed"), value);
  }
});

Deno.test("standardWebhooks() passes over events of other types", async () => {
  const verifier = standardWebhooks({ secrets: [SECRET], events: ["scan.done"] });
  const verification = await verify(verifier, signedRequest(STANDARD_WEBHOOKS, delivery()));
  assert(verification.isVerified);
  assertEquals(
    [{ type: "scan.done" }, { type: "scan.begun" }, {}, null].map((event) => verification.isIgnored?.(event)),
    [
      false,
      true,
      true,
      true,
    ],
  );
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
