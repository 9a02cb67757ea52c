/** github() verifies as GitHub signs, and agrees with an independent verifier. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { sign, verify as verifyByOctokit, verifyWithFallback } from "@octokit/webhooks-methods";
import { github } from "../../../edge/verify/github.ts";
import { delivery, signedRequest, verify } from "./deliveries.ts";
import { GITHUB } from "./schemes.ts";

const SECRET = GITHUB.secret;
const ID = "72d3162e-cc78-11e3-81ab-4c9367dc0958";

function request(body: string, signature: string, headers: Record<string, string> = {}): Request {
  return new Request("https://hooks.example.org/", {
    method: "POST",
    body,
    headers: { "x-hub-signature-256": signature, "x-github-delivery": ID, ...headers },
  });
}

/** All example payloads of GitHub, as it would send them. */
const PAYLOADS = examples.flatMap(({ name, examples: payloads }) =>
  payloads.map((payload: unknown) => ({ name, body: JSON.stringify(payload) }))
);

for (
  const [secret, body, signature] of [
    [SECRET, "Hello, World!", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
    ["mysecret", '{"foo":"bar"}', "4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3"],
  ] as const
) {
  Deno.test(`github() verifies the vector for ${body}`, async () => {
    const verification = await verify(github({ secrets: [secret] }), request(body, `sha256=${signature}`));
    assertEquals(verification, { isVerified: true, deliveryId: ID, isIdSigned: false });
  });
}

Deno.test("github() verifies all example payloads as another signer signs them", async () => {
  assertEquals(PAYLOADS.length, 329);
  const verifier = github({ secrets: [SECRET] });
  for (const { name, body } of PAYLOADS) {
    const verification = await verify(verifier, request(body, await sign(SECRET, body)));
    assert(verification.isVerified, name);
  }
});

Deno.test("github() and its peer agree on all example payloads, altered ones included", async () => {
  const verifier = github({ secrets: [SECRET] });
  for (const { name, body } of PAYLOADS) {
    const honest = signedRequest(GITHUB, delivery({ body }));
    const signature = honest.headers.get("x-hub-signature-256") ?? "";
    assert(await verifyByOctokit(SECRET, body, signature), name);
    const altered = body.replace(/[0-9](?=[^0-9]*$)/, (digit) => digit === "0" ? "1" : "0");
    assert(altered !== body, name);
    assert(!await verifyByOctokit(SECRET, altered, signature), name);
    assert(!(await verify(verifier, request(altered, signature))).isVerified, name);
    assert((await verify(verifier, honest)).isVerified, name);
  }
});

Deno.test("github() takes a secret that is being changed, old and new, as its peer does", async () => {
  const body = '{"zen":"Mind your words"}';
  const verifier = github({ secrets: ["the new secret", "the old secret"] });
  for (const secret of ["the new secret", "the old secret"]) {
    const signature = await sign(secret, body);
    assert(await verifyWithFallback("the new secret", body, signature, ["the old secret"]));
    assert((await verify(verifier, request(body, signature))).isVerified);
    assert(!(await verify(github({ secrets: ["another secret"] }), request(body, signature))).isVerified);
  }
});

Deno.test("github() verifies raw bytes, whether they are text or not", async () => {
  const body = new Uint8Array(256).map((_, at) => at);
  const verification = await verify(github({ secrets: [SECRET] }), signedRequest(GITHUB, delivery({ body })));
  assert(verification.isVerified);
});

Deno.test("github() verifies an empty body, which is signed as any other", async () => {
  const verification = await verify(
    github({ secrets: [SECRET] }),
    signedRequest(GITHUB, delivery({ body: "" })),
  );
  assert(verification.isVerified);
});

Deno.test("github() leaves the id to the sender where GitHub has given none", async () => {
  const honest = signedRequest(GITHUB);
  honest.headers.delete("x-github-delivery");
  assertEquals(await verify(github({ secrets: [SECRET] }), honest), { isVerified: true });
});

Deno.test("github() tells the operator what is wrong", async () => {
  const verifier = github({ secrets: [SECRET] });
  const causes = [
    [new Request("https://hooks.example.org/"), "the header 'x-hub-signature-256' is missing"],
    [
      request("{}", "sha1=4864d2759938a15468b5df9ade20bf161da9b4f7"),
      "the header 'x-hub-signature-256' is malformed: 'sha256=' and 64 hexadecimal digits in lower case are expected",
    ],
    [
      request("{}", `sha256=${"0".repeat(64)}`),
      "the signature in 'x-hub-signature-256' is by none of the secrets, or the delivery was altered",
    ],
  ] as const;
  for (const [sent, cause] of causes) {
    assertEquals(await verify(verifier, sent), { isVerified: false, cause });
  }
});

Deno.test("github() keeps to the secrets that it was made with", async () => {
  const secrets = [SECRET];
  const verifier = github({ secrets });
  secrets[0] = "another secret";
  assert((await verify(verifier, signedRequest(GITHUB))).isVerified);
});

const REFUSED_SECRETS: [unknown, string][] = [
  [undefined, "without 'secrets'"],
  ["a text alone", "without 'secrets'"],
  [[], "without 'secrets'"],
  [[SECRET, ""], "'secrets[1]' of github(): it has fewer than 8 bytes"],
  [["s3cr3t!"], "'secrets[0]' of github(): it has fewer than 8 bytes"],
  [["a secret from a file\n"], "'secrets[0]' of github(): it begins or ends with white space"],
  [[undefined], "'secrets[0]' of github(): it must be a text or bytes"],
  [[new Uint8Array(7)], "'secrets[0]' of github(): it has fewer than 8 bytes"],
];
for (const [secrets, message] of REFUSED_SECRETS) {
  Deno.test(`github() refuses the secrets ${JSON.stringify(secrets)}`, () => {
    const error = assertThrows(() => github({ secrets: secrets as string[] }), TypeError, message);
    assert(!error.message.includes("s3cr3t!"));
  });
}

Deno.test("github() takes a secret in bytes, and keeps to them", async () => {
  const secret = new TextEncoder().encode(SECRET);
  const verifier = github({ secrets: [secret] });
  secret.fill(0);
  assert((await verify(verifier, signedRequest(GITHUB))).isVerified);
});
