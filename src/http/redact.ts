/** Shorter ones are no secrets, and are found in any text. */
const MIN_SECRET_LENGTH = 6;

/** The text without the secrets, as they are and as they are written in a form, a URL or JSON. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < MIN_SECRET_LENGTH) continue;
    for (const written of writtenForms(secret)) clean = clean.replaceAll(written, "[redacted]");
  }
  return clean;
}

function writtenForms(secret: string): string[] {
  const encoded = [encodeURIComponent(secret), new URLSearchParams({ "": secret }).toString().slice(1)];
  const inSmallLetters = encoded.map((text) => text.replace(/%../g, (hex) => hex.toLowerCase()));
  return [secret, ...encoded, ...inSmallLetters, JSON.stringify(secret).slice(1, -1)];
}
