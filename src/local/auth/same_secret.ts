import { sha256Hex } from "../../base/sha256.ts";

/** Whether two secrets are the same. Their digests are compared: how long that takes tells nothing of the secret. */
export async function isSameSecret(secret: string, shown: string): Promise<boolean> {
  return await sha256Hex(secret) === await sha256Hex(shown);
}
