import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { GLOBUS_AUTH } from "../http/globus_auth.ts";

/** How the program is called where the package is installed. */
export const INSTALLED_PROGRAM = "npx @edge-compute/globus";

/** The command that logs in at an issuer. */
export function loginCommand(issuer: string, clientId = "CLIENT_ID"): string {
  const where = issuer === GLOBUS_AUTH ? "" : ` --issuer ${issuer}`;
  return `${INSTALLED_PROGRAM} login --client-id ${clientId}${where}`;
}

/** The error for an issuer where nobody is logged in. */
export function notLoggedIn(issuer: string): ComputeAuthorizationError {
  return new ComputeAuthorizationError(
    `Not logged in at ${issuer}: run '${
      loginCommand(issuer)
    }', with the id of your native app client for CLIENT_ID`,
  );
}
