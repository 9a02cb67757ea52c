import type { Authorizer } from "../http/authorizer.ts";
import { DOMAINS } from "../http/environment.ts";
import { accessToken } from "./access_token.ts";
import { serviceAccount } from "./client_credentials.ts";
import { globusClient } from "./oauth_client.ts";

/** The variables that {@linkcode fromEnvironment} reads; others may be there. */
export interface EnvironmentVariables {
  /** The id of a confidential client. */
  GLOBUS_COMPUTE_CLIENT_ID?: string | undefined;
  /** Its secret. */
  GLOBUS_COMPUTE_CLIENT_SECRET?: string | undefined;
  /** An access token, used where there is no secret. */
  GLOBUS_COMPUTE_ACCESS_TOKEN?: string | undefined;
  /** The address of the authorization server. */
  GLOBUS_SDK_SERVICE_URL_AUTH?: string | undefined;
  /**
   * A deployment of Globus that has a name; its authorization server is asked.
   * @default {"production"}
   */
  GLOBUS_SDK_ENVIRONMENT?: string | undefined;
}

/**
 * An authorizer for what the environment has, in the order of the Python SDK: a client with its secret, then an access
 * token. An empty variable counts as none.
 *
 * @example On Deno, on Node and in a Worker
 * ```ts
 * import { createClient, fromEnvironment } from "@edge-compute/globus";
 *
 * const client = createClient({ authorizer: fromEnvironment() });
 * ```
 *
 * @param env The variables: by default those of the process. A Worker is given its own, and passes them on.
 *
 * @throws {TypeError} If there is neither, or a secret without an id, or an address is no HTTPS address; the message names
 * the variables.
 * @throws {RangeError} If `GLOBUS_SDK_ENVIRONMENT` has no such name.
 */
export function fromEnvironment(
  env: EnvironmentVariables | Readonly<Record<string, string | undefined>> = ownEnvironment(),
): Authorizer {
  const clientId = env.GLOBUS_COMPUTE_CLIENT_ID || undefined;
  const clientSecret = env.GLOBUS_COMPUTE_CLIENT_SECRET || undefined;
  const token = env.GLOBUS_COMPUTE_ACCESS_TOKEN || undefined;
  if (clientId !== undefined && clientSecret !== undefined) {
    const origin = "GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET";
    return serviceAccount(globusClient({ issuer: issuerOf(env), clientId, clientSecret, origin }));
  }
  if (clientSecret !== undefined) {
    throw new TypeError(
      "Cannot use GLOBUS_COMPUTE_CLIENT_SECRET alone: set GLOBUS_COMPUTE_CLIENT_ID to the client that it belongs to",
    );
  }
  if (token !== undefined) return accessToken(token);
  throw new TypeError(
    clientId === undefined
      ? "Cannot find credentials: set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET, or GLOBUS_COMPUTE_ACCESS_TOKEN"
      : "Cannot use GLOBUS_COMPUTE_CLIENT_ID alone: set GLOBUS_COMPUTE_CLIENT_SECRET too, or log in and use storedLogin() of '@edge-compute/globus/login'",
  );
}

/** The runtime's, where it has one that a portable module can see: Deno, Node, Bun, and Workers with `nodejs_compat`. */
function ownEnvironment(): Readonly<Record<string, string | undefined>> {
  const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } };
  if (process?.env !== undefined) return process.env;
  throw new TypeError(
    "Cannot use fromEnvironment() without 'env': this runtime has none",
  );
}

function issuerOf(env: EnvironmentVariables): string {
  if (env.GLOBUS_SDK_SERVICE_URL_AUTH) return env.GLOBUS_SDK_SERVICE_URL_AUTH;
  const name = env.GLOBUS_SDK_ENVIRONMENT || "production";
  if (Object.hasOwn(DOMAINS, name)) return `https://auth.${DOMAINS[name]}`;
  const names = Object.keys(DOMAINS).join(", ");
  throw new RangeError(
    `Unknown GLOBUS_SDK_ENVIRONMENT '${name}': use one of ${names}, or set GLOBUS_SDK_SERVICE_URL_AUTH`,
  );
}
