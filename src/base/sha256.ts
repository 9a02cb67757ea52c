/** The SHA-256 digest of a text or of bytes, in hexadecimal. */
export async function sha256Hex(value: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "");
}
