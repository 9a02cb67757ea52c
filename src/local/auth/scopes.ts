import { COMPUTE_SCOPE } from "../constants.ts";
import { oauthError } from "./oauth_error.ts";

/** The resource server of the Compute service: a token for another one is worth nothing here. */
export const COMPUTE_RESOURCE_SERVER = "funcx_service";
/** The resource server of Globus Auth itself. */
export const AUTH_RESOURCE_SERVER = "auth.globus.org";

const AUTH_SCOPE = /^(openid|profile|email|offline_access|urn:globus:auth:scope:auth\.globus\.org:\w+)$/;

/** Scopes that belong together, as a token is for one resource server alone. */
export interface ScopeGroup {
  resourceServer: string;
  scopes: string[];
}

/**
 * Reads the parameter `scope` of a token request, which has the Compute scope by default, and groups it by resource
 * servers, in the order in which it names them.
 *
 * @throws `invalid_scope`.
 */
export function readScopes(text: string | undefined): ScopeGroup[] {
  const scopes = new Set(scopesIn(text));
  if (scopes.size === 0) scopes.add(COMPUTE_SCOPE);
  const groups = new Map<string, string[]>();
  for (const scope of scopes) {
    const resourceServer = resourceServerOf(scope);
    groups.set(resourceServer, [...groups.get(resourceServer) ?? [], scope]);
  }
  return [...groups].map(([resourceServer, scopes]) => ({ resourceServer, scopes }));
}

/** The scopes that the parameter names. */
export function scopesIn(text: string | undefined): string[] {
  return (text ?? "").split(/[ +]+/).filter((scope) => scope !== "");
}

function resourceServerOf(scope: string): string {
  if (scope === COMPUTE_SCOPE) return COMPUTE_RESOURCE_SERVER;
  if (AUTH_SCOPE.test(scope)) return AUTH_RESOURCE_SERVER;
  throw oauthError(
    "invalid_scope",
    `Unknown scope '${scope.slice(0, 100)}': this service has ${COMPUTE_SCOPE}`,
  );
}
