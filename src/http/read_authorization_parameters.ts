import type { AuthorizationParameters } from "../errors/authorization_parameters.ts";
import { isRecord } from "../base/narrow.ts";
import { pick, snakeCase } from "../wire/pick.ts";
import type { AuthorizerIdentity } from "./authorizer.ts";
import { COMPUTE_SCOPE, GLOBUS_AUTH } from "./globus_auth.ts";

type Document = Record<string, unknown>;

const LISTS = [
  "sessionRequiredIdentities",
  "sessionRequiredPolicies",
  "sessionRequiredSingleDomain",
] as const;
/** What a login may have to meet beside its scopes. */
const SESSION = ["sessionMessage", ...LISTS, "sessionRequiredMfa", "prompt"] as const;

/**
 * Reads an error document that asks for another login, in the form of today or in one of the older ones, which Globus
 * services still send: in the document itself, or in the first of its `errors` that asks for one.
 *
 * @returns Nothing, where it asks for none.
 */
export function readAuthorizationParameters(body: unknown): AuthorizationParameters | undefined {
  if (!isRecord(body)) return undefined;
  for (const document of [body, ...errorsOf(body)]) {
    const parameters = readLoginRequest(document);
    if (parameters !== undefined) return parameters;
  }
  return undefined;
}

/** The errors that a document lists, each a document of its own. */
export function errorsOf({ errors }: Document): Document[] {
  return Array.isArray(errors) ? errors.filter(isRecord) : [];
}

function readLoginRequest(document: Document): AuthorizationParameters | undefined {
  const { authorization_parameters, message, reason, detail, description } = document;
  const consent = readMissingConsent(document);
  const from = isRecord(authorization_parameters) ? authorization_parameters : consent && {};
  if (from === undefined) return undefined;
  const parameters: AuthorizationParameters = {
    ...pick(from, "boolean", ["sessionRequiredMfa"]),
    ...pick(from, "string", ["prompt"]),
  };
  const text = firstText(from.session_message, message, reason, detail, description);
  if (text !== undefined) parameters.sessionMessage = text;
  for (const name of LISTS) {
    const values = list(from[snakeCase(name)]);
    if (values.length > 0) parameters[name] = values;
  }
  const requiredScopes = [...new Set([from.required_scopes, ...consent ?? []].flatMap(list))];
  return requiredScopes.length > 0 ? { ...parameters, requiredScopes } : parameters;
}

/** Where scopes stand that lack consent: Transfer, action providers and Globus Auth each have a form of their own. */
function readMissingConsent(document: Document): unknown[] | undefined {
  const { code, error, required_scopes, required_scope, unapproved_scopes } = document;
  if (error === "dependent_consent_required") {
    return [unapproved_scopes, errorsOf(document)[0]?.unapproved_scopes];
  }
  const scopes = [required_scopes, required_scope];
  return code === "ConsentRequired" && scopes.some((value) => value !== undefined) ? scopes : undefined;
}

/**
 * Where a person's browser is sent for a login that meets the parameters. It asks for the client's own scopes and the
 * required ones, as an authorization without scopes is refused. `client_id` is there if it is known; `redirect_uri`,
 * `state` and the code challenge are the application's to add.
 */
export function authorizeUrl(
  parameters: AuthorizationParameters,
  { issuer = GLOBUS_AUTH, clientId, scopes = [COMPUTE_SCOPE] }: AuthorizerIdentity = {},
): string {
  const url = new URL(`${issuer}/v2/oauth2/authorize`);
  const { searchParams } = url;
  searchParams.set("response_type", "code");
  if (clientId !== undefined) searchParams.set("client_id", clientId);
  searchParams.set("scope", [...new Set([...scopes, ...parameters.requiredScopes ?? []])].join(" "));
  for (const name of SESSION) {
    const value = parameters[name];
    if (value !== undefined) searchParams.set(snakeCase(name), String(value));
  }
  return url.href;
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value) => typeof value === "string" && value !== "") as string | undefined;
}

/** A list of strings, or one string with commas between. */
function list(value: unknown): string[] {
  const parts = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [];
  return parts.flatMap((part) => typeof part === "string" ? part.trim() || [] : []);
}
