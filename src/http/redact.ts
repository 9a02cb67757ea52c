/** Shorter ones are no secrets, and are found in any text. */
const MIN_SECRET_LENGTH = 6;

/** The text without the secrets, as they are and as they are written in a form or a URL. */
export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret === undefined || secret.length < MIN_SECRET_LENGTH) continue;
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      clean = clean.replaceAll(form, "[redacted]");
    }
  }
  return clean;
}
