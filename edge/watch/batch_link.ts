import { CompactSign } from "jose/jws/compact/sign";
import type { EdgeContext } from "../context.ts";

/** What the capability in a link is, beside any other token that the same secrets might sign one day. */
export const CAPABILITY_TYPE = "batch-link+jwt";
/** How the capability in a link is signed: this and nothing else is taken. */
export const CAPABILITY_ALGORITHM = "HS256";

/** The path of a batch below `baseUrl`: the audience of a capability for it. */
export function batchPath(batchId: string): string {
  return `/batches/${batchId}`;
}

/**
 * The address of a batch's page, with a capability in it: whoever has the link sees the batch, until the link
 * expires. The audience is the batch alone, so that no link opens another one.
 *
 * @param signedAtMs From when on it is good.
 */
export async function batchLink(
  context: EdgeContext,
  batchId: string,
  signedAtMs: number = context.clock.nowMs(),
): Promise<string> {
  const [secret] = context.linkSecrets;
  if (secret === undefined) throw new TypeError("Cannot sign a link: the handler has no 'linkSecrets'");
  const nowSeconds = Math.floor(signedAtMs / 1000);
  const claims = {
    aud: batchPath(batchId),
    iat: nowSeconds,
    exp: nowSeconds + context.linkLifetimeSeconds,
  };
  const capability = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: CAPABILITY_ALGORITHM, typ: CAPABILITY_TYPE })
    .sign(await linkKey(secret));
  return `${context.baseUrl}${batchPath(batchId)}/view?capability=${capability}`;
}

/** A key is imported once for each secret, and kept as a value: no request may wait for what another began. */
const keys = new WeakMap<Uint8Array, CryptoKey>();

/** The key that signs links with a secret, and tells whether one was signed with it. */
export async function linkKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign", "verify"]);
  keys.set(secret, key);
  return key;
}
