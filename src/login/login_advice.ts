import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { GLOBUS_AUTH } from "../http/globus_auth.ts";

/** The command that logs in at an issuer. */
export function loginCommand(issuer: string, clientId = "CLIENT_ID"): string {
  const where = issuer === GLOBUS_AUTH ? "" : ` --issuer ${issuer}`;
  return `npx @edge-compute/globus login --client-id ${clientId}${where}`;
}

/** The error for an issuer where nobody is logged in. */
export function notLoggedIn(issuer: string): ComputeAuthorizationError {
  return new ComputeAuthorizationError(
    `Not logged in at ${issuer}: run '${
      loginCommand(issuer)
    }', with the id of your native app client for CLIENT_ID`,
  );
}
