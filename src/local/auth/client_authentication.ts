import { readText } from "../../base/read_text.ts";
import { decodeBase64 } from "../../base/base64.ts";
import type { Context } from "hono";
import type { AuthState, KnownClient } from "./auth_state.ts";
import { oauthError } from "./oauth_error.ts";
import { isSameSecret } from "./same_secret.ts";

/** The fields of a form. */
export type Form = Readonly<Record<string, string | undefined>>;

/** More than any assertion or scope needs. */
const MAX_FORM_BYTES = 1_000_000;
const FORM = /^application\/x-www-form-urlencoded *(;|$)/i;

/** Reads a form; a field that comes twice, or a file, is none of ours. */
export async function readForm(c: Context): Promise<Form> {
  if (!FORM.test(c.req.header("content-type") ?? "")) {
    throw oauthError("invalid_request", "The body must be application/x-www-form-urlencoded");
  }
  // No further than a form goes: its sender has shown nothing yet.
  const parameters = new URLSearchParams(await readText(c.req.raw.body, MAX_FORM_BYTES, tooLong));
  const names = [...parameters.keys()];
  if (new Set(names).size < names.length) throw oauthError("invalid_request", "A parameter is there twice");
  return Object.fromEntries(parameters);
}

function tooLong(): Error {
  return oauthError("invalid_request", `The body has more than ${MAX_FORM_BYTES} bytes`);
}

/** A field that must be there. */
export function requireField(form: Form, name: string): string {
  const value = form[name];
  if (value) return value;
  throw oauthError("invalid_request", `The parameter '${name}' is missing`);
}

/**
 * Who asks: a client that shows its secret (`client_secret_basic`), or one without that names itself.
 *
 * @throws `invalid_client`.
 */
export async function authenticateClient(c: Context, form: Form, state: AuthState): Promise<KnownClient> {
  const header = c.req.header("authorization");
  if (header === undefined) {
    const client = state.clients.get(form.client_id ?? "");
    if (client && client.clientSecret === undefined) return client;
    throw unknownClient();
  }
  const [scheme = "", credentials = ""] = header.split(" ");
  if (scheme.toLowerCase() !== "basic") throw unknownClient();
  for (const [clientId, secret] of readings(credentials)) {
    const client = state.clients.get(clientId);
    if (client?.clientSecret !== undefined && await isSameSecret(client.clientSecret, secret)) return client;
  }
  throw unknownClient();
}

/** As they are, as Globus' own clients send them, and form-encoded, as RFC 6749, section 2.3.1, has them. */
function readings(credentials: string): [id: string, secret: string][] {
  let text: string;
  try {
    text = new TextDecoder().decode(decodeBase64(credentials));
  } catch {
    return [];
  }
  const colon = text.indexOf(":");
  if (colon < 0) return [];
  const pair: [string, string] = [text.slice(0, colon), text.slice(colon + 1)];
  try {
    const decoded = pair.map((part) => decodeURIComponent(part.replaceAll("+", " "))) as [string, string];
    return [pair, decoded];
  } catch {
    return [pair];
  }
}

function unknownClient(): Error {
  return oauthError(
    "invalid_client",
    "The client is unknown, or its secret is wrong: this service printed an id and a secret when it started",
  );
}
