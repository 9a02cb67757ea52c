import { JWTExpired } from "jose/errors";
import { jwtVerify } from "jose/jwt/verify";
import type { EdgeContext } from "../context.ts";
import { batchPath, CAPABILITY_ALGORITHM, CAPABILITY_TYPE } from "./batch_link.ts";
import { linkKey } from "./link_key.ts";

/** What a capability is good for: it is told that it has expired only where it was good for this batch once. */
export type CapabilityState = "valid" | "expired" | "invalid";

/** Longer ones than {@linkcode batchLink} makes are not looked at. */
const MAX_CAPABILITY_LENGTH = 2_048;

/** Holds a capability against the batch that it is to open. */
export async function verifyCapability(
  context: EdgeContext,
  capability: string,
  batchId: string,
): Promise<CapabilityState> {
  if (capability.length > MAX_CAPABILITY_LENGTH) return "invalid";
  let found: CapabilityState = "invalid";
  for (const secret of context.linkSecrets) {
    const state = await verifyWith(context, capability, batchId, secret);
    if (state === "valid") return state;
    if (state === "expired") found = state;
  }
  return found;
}

async function verifyWith(
  context: EdgeContext,
  capability: string,
  batchId: string,
  secret: Uint8Array<ArrayBuffer>,
): Promise<CapabilityState> {
  try {
    await jwtVerify(capability, await linkKey(secret), {
      algorithms: [CAPABILITY_ALGORITHM],
      typ: CAPABILITY_TYPE,
      audience: batchPath(batchId),
      currentDate: new Date(context.clock.nowMs()),
      requiredClaims: ["exp", "iat"],
    });
    return "valid";
  } catch (error) {
    // The signature and the audience are looked at before the time.
    return error instanceof JWTExpired ? "expired" : "invalid";
  }
}
