import { checkUrl } from "../http/environment.ts";
import { GLOBUS_AUTH, tokenEndpointOf } from "../http/globus_auth.ts";

/** An OAuth client and the server that knows it. */
export interface OAuthClient {
  /** The authorization server, without a slash at its end. */
  issuer: string;
  tokenEndpoint: string;
  clientId: string | undefined;
  clientSecret: string | undefined;
  /** Where the id and the secret came from, for messages. */
  origin: string;
}

/** The routes of Globus Auth, or of what plays it: they are where they are, and need not be discovered. */
export function globusClient(
  { issuer = GLOBUS_AUTH, clientId, clientSecret, origin }: {
    issuer?: string | undefined;
    clientId: string;
    clientSecret?: string | undefined;
    origin: string;
  },
): OAuthClient {
  checkClient(clientId, clientSecret);
  const address = checkIssuer(issuer);
  return { issuer: address, tokenEndpoint: tokenEndpointOf(address), clientId, clientSecret, origin };
}

/** @throws {TypeError} If it is no HTTPS address, nor one of loopback. */
export function checkIssuer(issuer: string | URL, name = "issuer"): string {
  const { origin, pathname } = checkUrl(issuer, name);
  return (origin + pathname).replace(/\/+$/, "");
}

/** @throws {TypeError} If it is no text; the message does not show it, as it may be a secret. */
export function checkText(name: string, value: unknown): void {
  if (typeof value === "string" && value !== "" && value === value.trim()) return;
  const problem = typeof value === "string" && value !== ""
    ? "it has white space at its ends"
    : "it must be a text that is not empty";
  throw new TypeError(`Cannot use '${name}': ${problem}`);
}

/** @throws {TypeError} If the id or the secret is no text, or they cannot be sent together (RFC 7617, section 2). */
export function checkClient(clientId: unknown, clientSecret: unknown): void {
  checkText("clientId", clientId);
  if (clientSecret === undefined) return;
  checkText("clientSecret", clientSecret);
  if (!String(clientId).includes(":")) return;
  throw new TypeError("Cannot use 'clientId': it has a colon, which cannot be sent with a secret");
}
