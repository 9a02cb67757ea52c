import type { AuthorizationParameters } from "../errors/authorization_parameters.ts";
import { isRecord } from "../wire/narrow.ts";
import type { AuthorizerIdentity } from "./authorizer.ts";
import { GLOBUS_AUTH } from "./globus_auth.ts";

/**
 * Reads an error document that asks for another login, in the form of today or in one of the older ones, which Globus
 * services still send.
 *
 * @returns Nothing, where it asks for none.
 */
export function readAuthorizationParameters(body: unknown): AuthorizationParameters | undefined {
  if (!isRecord(body)) return undefined;
  if (isRecord(body.authorization_parameters)) {
    return readParameters(body.authorization_parameters, firstText(body.reason, body.detail, body.message));
  }
  const code = firstText(body.code, body.error);
  const scopes = [
    ...list(body.required_scopes),
    ...list(body.required_scope),
    ...list(body.unapproved_scopes),
  ];
  if (!/^(ConsentRequired|dependent_consent_required)$/.test(code ?? "") || scopes.length === 0) {
    return undefined;
  }
  return readParameters({ required_scopes: scopes }, firstText(body.message, body.reason, body.detail));
}

function readParameters(
  from: Record<string, unknown>,
  message: string | undefined,
): AuthorizationParameters {
  const parameters: AuthorizationParameters = {};
  const text = firstText(from.session_message, message);
  if (text !== undefined) parameters.sessionMessage = text;
  const lists = {
    sessionRequiredIdentities: list(from.session_required_identities),
    sessionRequiredPolicies: list(from.session_required_policies),
    sessionRequiredSingleDomain: list(from.session_required_single_domain),
    requiredScopes: list(from.required_scopes),
  };
  for (const [name, values] of Object.entries(lists) as [keyof typeof lists, string[]][]) {
    if (values.length > 0) parameters[name] = values;
  }
  if (typeof from.session_required_mfa === "boolean") {
    parameters.sessionRequiredMfa = from.session_required_mfa;
  }
  if (typeof from.prompt === "string") parameters.prompt = from.prompt;
  return parameters;
}

/**
 * Where a person's browser is sent for a login that meets the parameters. `client_id` is there if it is known;
 * `redirect_uri`, `state` and the code challenge are the application's to add.
 */
export function authorizeUrl(
  parameters: AuthorizationParameters,
  { issuer = GLOBUS_AUTH, clientId }: AuthorizerIdentity = {},
): string {
  const url = new URL(`${issuer}/v2/oauth2/authorize`);
  const { searchParams } = url;
  searchParams.set("response_type", "code");
  const set = (name: string, value: unknown) => {
    if (value !== undefined) searchParams.set(name, String(value));
  };
  set("client_id", clientId);
  set("scope", parameters.requiredScopes?.join(" "));
  set("session_message", parameters.sessionMessage);
  set("session_required_identities", parameters.sessionRequiredIdentities);
  set("session_required_policies", parameters.sessionRequiredPolicies);
  set("session_required_single_domain", parameters.sessionRequiredSingleDomain);
  set("session_required_mfa", parameters.sessionRequiredMfa);
  set("prompt", parameters.prompt);
  return url.href;
}

function firstText(...values: unknown[]): string | undefined {
  return values.find((value) => typeof value === "string" && value !== "") as string | undefined;
}

/** A list of strings, or one string with commas between. */
function list(value: unknown): string[] {
  const parts = typeof value === "string" ? value.split(",") : Array.isArray(value) ? value : [];
  return parts.filter((part) => typeof part === "string").map((part) => part.trim()).filter((part) =>
    part !== ""
  );
}
