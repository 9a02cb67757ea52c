import { CompactSign } from "jose/jws/compact/sign";
import type { EdgeContext } from "../context.ts";
import { linkKey } from "./link_key.ts";

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
 */
export async function batchLink(context: EdgeContext, batchId: string): Promise<string> {
  const [secret] = context.linkSecrets;
  if (secret === undefined) throw new TypeError("Cannot sign a link: the handler has no 'linkSecrets'");
  const nowSeconds = Math.floor(context.clock.nowMs() / 1000);
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
