/** Credentials and signatures, whatever they are called: `x-hub-signature-256`, `x-gitlab-token`, `x-acme-hmac`. */
const SECRET = /authorization|\bauth\b|cookie|signature|token|secret|hmac|api-?key|password/i;

/** The header fields that a hook gets to see. */
export function hookHeaders(headers: Headers): Headers {
  return new Headers([...headers].filter(([name]) => !SECRET.test(name)));
}
