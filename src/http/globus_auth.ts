/** The authorization server of the Compute service. */
export const GLOBUS_AUTH = "https://auth.globus.org";

/** The token endpoint of Globus Auth, or of what plays it: it is where it is, and need not be discovered. */
export function tokenEndpointOf(issuer: string): string {
  return `${issuer}/v2/oauth2/token`;
}

/** The scope that all of the Compute service needs. */
export const COMPUTE_SCOPE = "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all";

/** By which name Globus Auth marks the token for the Compute service, among those of other services. */
export const COMPUTE_RESOURCE_SERVER = "funcx_service";
