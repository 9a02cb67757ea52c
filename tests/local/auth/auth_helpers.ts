/** What the tests of the routes of Globus Auth share: a service whose time stands still, and requests made by hand. */
import { assertEquals } from "@std/assert";
import {
  createLocalService,
  type InProcessService,
  type InProcessServiceOptions,
} from "../../../src/local/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";

export const COMPUTE = "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all";
export const REDIRECT = "http://localhost:4321/callback";
/** The pair of RFC 7636, appendix B. */
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/** A client that is not the owner's. */
export const OTHER = { clientId: "other", clientSecret: "other-s3cret" };
export const DAY_MS = 86_400_000;

export interface World extends AsyncDisposable {
  local: InProcessService;
  clock: ManualClock;
}

/** An answer, read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** A service with another client, on a clock that stands still. */
export function startWorld(options: InProcessServiceOptions = {}): World {
  const clock = new ManualClock();
  const local = createLocalService({ clock, clients: [OTHER], ...options });
  return { local, clock, [Symbol.asyncDispose]: () => local.close() };
}

export function basic(clientId: string, clientSecret: string): Record<string, string> {
  const bytes = new TextEncoder().encode(`${clientId}:${clientSecret}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** The credentials of the owner's client. */
export function ownersClient({ clientId, clientSecret }: InProcessService): Record<string, string> {
  return basic(clientId, clientSecret);
}

export async function read(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}

/** Posts a form. */
export async function post(
  local: InProcessService,
  path: string,
  fields: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(fields);
  return await read(await local.fetch(local.issuer + path, { method: "POST", headers, body }));
}

/** Asks for tokens, as the owner's client unless told otherwise. */
export async function askForToken(
  local: InProcessService,
  fields: Record<string, string> | [string, string][],
  headers: Record<string, string> = ownersClient(local),
): Promise<Answer> {
  return await post(local, "/v2/oauth2/token", fields, headers);
}

/** Tokens of a grant that must succeed. */
export async function tokensOf(
  local: InProcessService,
  fields: Record<string, string> = { grant_type: "client_credentials" },
  headers?: Record<string, string>,
): Promise<{ access: string; refresh: string; body: Record<string, unknown> }> {
  const { status, body } = await askForToken(local, fields, headers);
  assertEquals(status, 200, JSON.stringify(body));
  return { access: String(body.access_token), refresh: String(body.refresh_token), body };
}

/** Holds that an answer is an error of OAuth, and what it says is for people. */
export function assertRefused({ status, headers, body }: Answer, error: string): void {
  assertEquals([status, body.error], [error === "invalid_client" ? 401 : 400, error], JSON.stringify(body));
  assertEquals(Object.keys(body), ["error", "error_description"]);
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals(headers.get("www-authenticate"), error === "invalid_client" ? 'Basic realm="local"' : null);
}

/** The address of the page that lets a client in. */
export function authorizeUrl(
  local: Pick<InProcessService, "issuer" | "nativeClientId">,
  parameters: Record<string, string | undefined> = {},
): URL {
  const url = new URL("/v2/oauth2/authorize", local.issuer);
  const all = {
    client_id: local.nativeClientId,
    redirect_uri: REDIRECT,
    response_type: "code",
    scope: COMPUTE,
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...parameters,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

/** Answers the page as the owner, and gives the response. */
export async function allow(
  local: InProcessService,
  parameters?: Record<string, string | undefined>,
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams({ secret: local.clientSecret, decision: "allow", ...fields });
  return await local.fetch(authorizeUrl(local, parameters), { method: "POST", body, headers });
}

/** Where a response sends the browser. */
export function target(response: Response): URL {
  assertEquals(response.status, 302);
  return new URL(response.headers.get("location") ?? "");
}

/** A code that the owner has let out. */
export async function codeOf(
  local: InProcessService,
  parameters?: Record<string, string | undefined>,
): Promise<string> {
  return target(await allow(local, parameters)).searchParams.get("code") ?? "";
}

/** What a client without a secret trades a code with. */
export function tradeOf(
  local: InProcessService,
  code: string,
  changes: Record<string, string> = {},
): Record<string, string> {
  return {
    grant_type: "authorization_code",
    client_id: local.nativeClientId,
    code,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    ...changes,
  };
}

/** What the Compute service says to a token: its status, and its code where it refuses. */
export async function ask(local: InProcessService, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await local.fetch(`${local.baseUrl}/v2/authenticate`, { headers });
  const body = await response.json();
  return response.ok ? "200" : `${response.status} ${body.code}`;
}

/** All that a service says of a token to its owner's client. */
export async function introspect(local: InProcessService, token: string): Promise<Record<string, unknown>> {
  return (await post(local, "/v2/oauth2/token/introspect", { token }, ownersClient(local))).body;
}
