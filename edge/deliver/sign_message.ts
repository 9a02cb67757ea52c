import { encodeBase64 } from "../results/encode_base64.ts";

const PREFIX = "whsec_";

/**
 * The header fields by which a receiver knows a message and where it comes from, as Standard Webhooks has them.
 *
 * @param secrets `whsec_…`: there is one signature for each, so that a receiver that knows any of them is content.
 */
export async function signMessage(
  { id, timestampSeconds, body, secrets }: {
    id: string;
    timestampSeconds: number;
    body: Uint8Array;
    secrets: readonly string[];
  },
): Promise<Record<string, string>> {
  const head = new TextEncoder().encode(`${id}.${timestampSeconds}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  const signatures = await Promise.all(secrets.map(async (secret) => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, ["sign"]);
    return `v1,${encodeBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, signed)))}`;
  }));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": signatures.join(" "),
  };
}

function bytesOf(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(secret.slice(PREFIX.length)), (character) => character.charCodeAt(0));
}
