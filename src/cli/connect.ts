import {
  type Authorizer,
  type Client,
  createClient,
  type Environment,
  fromEnvironment,
  type Store,
} from "../../mod.ts";
import { storedLogin } from "../login/mod.ts";
import type { CliContext } from "./cli_context.ts";
import type { ServiceValues } from "./options/shared_options.ts";
import { UsageError } from "./usage_error.ts";

/** Deployments that have no authorization server of their own name. */
const WITHOUT_ISSUER: readonly string[] = ["local", "dev"];

/** Which service is meant, and which authorization server: by the options, else by the environment. */
export interface Service {
  readonly baseUrl?: string;
  readonly environment?: Environment;
  readonly issuer: string | undefined;
}

export function resolveService(options: ServiceValues, env: CliContext["env"]): Service {
  const issuer = options.issuer ?? (env.GLOBUS_SDK_SERVICE_URL_AUTH || undefined);
  const named = options.environment ?? (env.GLOBUS_SDK_ENVIRONMENT || undefined);
  const baseUrl = options.baseUrl ??
    (options.environment === undefined && env.GLOBUS_SDK_SERVICE_URL_COMPUTE || undefined);
  if (baseUrl !== undefined) {
    if (options.environment === undefined) return { baseUrl, issuer };
    throw new UsageError("Cannot use both '--base-url' and '--environment': they name the same thing");
  }
  if (named !== undefined && WITHOUT_ISSUER.includes(named) && issuer === undefined) {
    throw new UsageError(
      `Cannot tell who lets you in at the environment '${named}': name its authorization server by '--issuer', or GLOBUS_SDK_SERVICE_URL_AUTH`,
    );
  }
  // The client says which names there are, where this is none.
  return named === undefined ? { issuer } : { environment: named as Environment, issuer };
}

/** Whether the environment has credentials: then they are taken, and no login. */
export function hasCredentials(env: CliContext["env"]): boolean {
  return Boolean(env.GLOBUS_COMPUTE_CLIENT_SECRET || env.GLOBUS_COMPUTE_ACCESS_TOKEN);
}

/** The credentials of the environment, else the login of this machine. */
export function chooseAuthorizer({ issuer, environment }: Service, env: CliContext["env"]): Authorizer {
  if (hasCredentials(env)) {
    return fromEnvironment({
      ...env,
      ...(issuer === undefined ? {} : { GLOBUS_SDK_SERVICE_URL_AUTH: issuer }),
      ...(environment === undefined ? {} : { GLOBUS_SDK_ENVIRONMENT: environment }),
    });
  }
  if (environment !== undefined && environment !== "production" && issuer === undefined) {
    throw new UsageError(
      `Cannot tell where you are logged in for the environment '${environment}': name its authorization server by '--issuer'`,
    );
  }
  return storedLogin({ env, issuer });
}

/** A client for the service that the options name, and who it acts for. */
export function connect(
  context: CliContext,
  options: ServiceValues,
  store?: Store,
): { client: Client; authorizer: Authorizer } {
  const service = resolveService(options, context.env);
  const authorizer = chooseAuthorizer(service, context.env);
  const { baseUrl, environment } = service;
  const client = createClient({
    authorizer,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(environment === undefined ? {} : { environment }),
    ...(store === undefined ? {} : { store }),
    onWarning: ({ message }) => context.say(`Note: ${message}`),
  });
  return { client, authorizer };
}
