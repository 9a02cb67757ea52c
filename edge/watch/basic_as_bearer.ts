/**
 * What a browser can send without a script is HTTP Basic: its password stands for the token that the verifiers of
 * people take as `Bearer`. The name is not looked at.
 */
export function basicAsBearer(headers: Headers): Headers {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (encoded === undefined) return headers;
  const password = passwordOf(encoded);
  if (password === undefined) return headers;
  const changed = new Headers(headers);
  changed.set("authorization", `Bearer ${password}`);
  return changed;
}

/** A header value cannot have other characters than these, and no token has. */
const TOKEN = /^[\x21-\x7e]+$/;

function passwordOf(encoded: string): string | undefined {
  let text: string;
  try {
    text = atob(encoded);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  const password = text.slice(colon + 1);
  return colon >= 0 && TOKEN.test(password) ? password : undefined;
}
