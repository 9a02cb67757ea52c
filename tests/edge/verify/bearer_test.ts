/** bearer() lets in its own tokens and no others. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { bearer } from "../../../edge/verify/bearer.ts";
import { verify } from "./deliveries.ts";

const TOKEN = "0123456789abcdef";
const OTHER = "fedcba9876543210";

function request(authorization?: string): Request {
  return new Request("https://hooks.example.org/", {
    method: "POST",
    body: "{}",
    headers: authorization === undefined ? {} : { authorization },
  });
}

Deno.test("bearer() lets each of its tokens in, with the claims", async () => {
  const verifier = bearer({ tokens: [TOKEN, OTHER], claims: { role: "operator" } });
  for (const token of [TOKEN, OTHER]) {
    assertEquals(await verify(verifier, request(`Bearer ${token}`)), {
      isVerified: true,
      isIdSigned: true,
      claims: { role: "operator" },
    });
  }
});

Deno.test("bearer() gives no claims and no id of its own", async () => {
  const verification = await verify(bearer({ tokens: [TOKEN] }), request(`bearer ${TOKEN}`));
  assertEquals(verification, { isVerified: true, isIdSigned: true });
});

const NO_TOKEN = "there is no 'Authorization: Bearer …' with a token";
const UNKNOWN = "the token in 'Authorization' is none of those that are let in";
const REFUSED: [authorization: string | undefined, cause: string][] = [
  [undefined, NO_TOKEN],
  ["", NO_TOKEN],
  ["Bearer", NO_TOKEN],
  [TOKEN, NO_TOKEN],
  [`Basic ${TOKEN}`, NO_TOKEN],
  [`Bearer  ${TOKEN}`, NO_TOKEN],
  [`Bearer ${TOKEN} ${TOKEN}`, NO_TOKEN],
  [`Bearer ${TOKEN}, Bearer ${TOKEN}`, NO_TOKEN],
  [`Bearer "${TOKEN}"`, NO_TOKEN],
  [`Bearer ${TOKEN}\u00b2`, NO_TOKEN],
  [`Bearer ${TOKEN.toUpperCase()}`, UNKNOWN],
  [`Bearer ${TOKEN.slice(0, -1)}`, UNKNOWN],
  [`Bearer ${TOKEN}0`, UNKNOWN],
  [`Bearer ${TOKEN}=`, UNKNOWN],
  [`Bearer ${OTHER}`, UNKNOWN],
  [`Bearer ${"0".repeat(8_000)}`, UNKNOWN],
];
for (const [authorization, cause] of REFUSED) {
  Deno.test(`bearer() refuses ${JSON.stringify(authorization?.slice(0, 60))}`, async () => {
    const verifier = bearer({ tokens: [TOKEN] });
    assertEquals(await verify(verifier, request(authorization)), { isVerified: false, cause });
    assert((await verify(verifier, request(`Bearer ${TOKEN}`))).isVerified);
  });
}

Deno.test("bearer() keeps to the tokens that it was made with", async () => {
  const tokens = [TOKEN];
  const verifier = bearer({ tokens });
  tokens[0] = OTHER;
  assert(!(await verify(verifier, request(`Bearer ${OTHER}`))).isVerified);
});

const REFUSED_TOKENS: [name: string, tokens: unknown, message: string][] = [
  ["none", [], "Cannot use bearer() without 'tokens'"],
  ["a text alone", TOKEN, "Cannot use bearer() without 'tokens'"],
  ["15 characters", [TOKEN, TOKEN.slice(1)], "'tokens[1]' of bearer(): it has fewer than 16 characters"],
  ["an empty one", [""], "'tokens[0]' of bearer(): it must be of letters"],
  ["a line break", [`${TOKEN}\n`], "'tokens[0]' of bearer(): it must be of letters"],
  ["no text", [undefined], "'tokens[0]' of bearer(): it must be of letters"],
];
for (const [name, tokens, message] of REFUSED_TOKENS) {
  Deno.test(`bearer() refuses tokens: ${name}`, () => {
    const error = assertThrows(() => bearer({ tokens: tokens as string[] }), TypeError, message);
    assert(!error.message.includes(TOKEN.slice(1)));
  });
}
