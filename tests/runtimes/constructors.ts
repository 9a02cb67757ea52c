import {
  type Authorizer,
  clientCredentials,
  type ClientCredentialsOptions,
  dependentToken,
  fromEnvironment,
  jwtExchange,
  type JwtOptions,
  refreshToken,
} from "../../mod.ts";
import type { Tools, World } from "./auth_world.ts";

/** A way to an authorizer that asks a server for tokens, and renews them. */
export interface Renewing {
  name: string;
  make(tools: Tools): Authorizer;
  /** The OAuth client that may revoke its tokens. */
  owner(world: World): { clientId: string; clientSecret?: string };
}

/** The service account of a world. */
export function account({ issuer, clientId, clientSecret }: World): ClientCredentialsOptions {
  return { issuer, clientId, clientSecret };
}

const itself = ({ clientId, clientSecret }: World) => ({ clientId, clientSecret });

/** All of them, but for the one that reads files. */
export const RENEWING: readonly Renewing[] = [
  { name: "clientCredentials()", make: ({ world }) => clientCredentials(account(world)), owner: itself },
  {
    name: "refreshToken()",
    make: ({ world: { issuer, nativeClientId: clientId }, takeRefreshToken }) =>
      refreshToken({ issuer, clientId, refreshToken: takeRefreshToken() }),
    owner: ({ nativeClientId: clientId }) => ({ clientId }),
  },
  {
    name: "dependentToken()",
    make: ({ world: { issuer, clientId, clientSecret, accessToken: userToken } }) =>
      dependentToken({ issuer, clientId, clientSecret, userToken }),
    owner: itself,
  },
  {
    name: "jwtExchange()",
    make: ({ world }) => jwtExchange({ ...jwtOptions(world), tokenEndpoint: tokenEndpoint(world) }),
    owner: ({ jwtIssuer: clientId, jwtIssuerSecret: clientSecret }) => ({ clientId, clientSecret }),
  },
  {
    name: "fromEnvironment() with a client",
    make: ({ world }) =>
      fromEnvironment({
        GLOBUS_COMPUTE_CLIENT_ID: world.clientId,
        GLOBUS_COMPUTE_CLIENT_SECRET: world.clientSecret,
        GLOBUS_SDK_SERVICE_URL_AUTH: world.issuer,
      }),
    owner: itself,
  },
];

export function jwtOptions({ jwtKey, jwtIssuer, jwtAudience }: World): JwtOptions {
  return { key: jwtKey, algorithm: "ES256", issuer: jwtIssuer, subject: "ada", audience: jwtAudience };
}

export function tokenEndpoint({ issuer }: World): string {
  return `${issuer}/v2/oauth2/token`;
}
