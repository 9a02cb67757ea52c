const TOKEN = /^[!#$%&'*+.^`|~\w-]+$/;

/** Whether a text can be the name of a header field (RFC 9110). */
export function isHeaderName(text: unknown): text is string {
  return typeof text === "string" && TOKEN.test(text);
}
