import { checkKeys, checkNumber, MAX_COUNT } from "../../base/check.ts";
import type { Clock } from "../../base/clock.ts";
import { COMPUTE_SCOPE, LOCAL_CLIENT_ID, LOCAL_NATIVE_CLIENT_ID } from "../constants.ts";
import { createSecret } from "../queue_infos.ts";
import { type Account, otherClient, OWNER, ownersClient } from "./accounts.ts";
import { COMPUTE_RESOURCE_SERVER } from "./scopes.ts";
import { createTokens, type Tokens } from "./tokens.ts";

/** A client with a secret that the service knows. */
export interface ServiceClient {
  /** Its id. */
  clientId: string;
  /** Its secret. */
  clientSecret: string;
}

/** Whose JWTs the service takes. */
export interface TrustedIssuer {
  /** The claim `iss`. */
  issuer: string;
  /** What the claim `aud` must name. */
  audience: string;
  /** The issuer's public keys, as a JSON Web Key Set (RFC 7517). */
  keys: {
    /** The keys. */
    keys: object[];
  };
}

/** What a service that lets people in is made of. */
export interface AuthOptions {
  clients: readonly ServiceClient[];
  trustedIssuers: readonly TrustedIssuer[];
  accessTokenLifetimeSeconds: number;
  clock: Clock;
}

/** A client that may ask for tokens. */
export interface KnownClient {
  clientId: string;
  /** Absent for a client without a secret, which people use. */
  clientSecret?: string;
  /** Whom it acts for when it acts for itself; absent where it cannot. */
  account?: () => Promise<Account>;
}

/** All that the service knows of who may do what. */
export interface AuthState {
  tokens: Tokens;
  clients: Map<string, KnownClient>;
  trustedIssuers: readonly TrustedIssuer[];
  lifetimeSeconds: number;
  clock: Clock;
  /** Of the client `local`; whoever shows it to the login page is the owner. */
  clientSecret: string;
  /** The owner's, for good. */
  accessToken: string;
}

/**
 * Lets in whoever has what is printed, and those who are named. Nothing is begun here that would have to be waited for:
 * a service may never be asked for anything, or not even be made.
 *
 * @throws {RangeError} If the lifetime is not positive and finite, two clients have one id, or one has an empty secret.
 */
export function createAuthState(options: AuthOptions): AuthState {
  const { clients, trustedIssuers, accessTokenLifetimeSeconds, clock } = options;
  checkNumber(accessTokenLifetimeSeconds, "accessTokenLifetimeSeconds", 0.001, MAX_COUNT, false);
  for (const client of clients) checkKeys(client, "'clients'", "clientId clientSecret", "clientId");
  for (const trusted of trustedIssuers) {
    checkKeys(trusted, "'trustedIssuers'", "issuer audience keys", "issuer audience keys");
  }
  const clientSecret = createSecret();
  const known = new Map<string, KnownClient>();
  const add = (client: KnownClient) => {
    if (known.has(client.clientId)) throw new RangeError(`Cannot have two clients '${client.clientId}'`);
    known.set(client.clientId, client);
  };
  add({
    clientId: LOCAL_CLIENT_ID,
    clientSecret,
    account: () => Promise.resolve(ownersClient(LOCAL_CLIENT_ID)),
  });
  add({ clientId: LOCAL_NATIVE_CLIENT_ID });
  for (const { clientId, clientSecret } of clients) {
    // JavaScript callers have no types: a client without a secret would be one that anybody may name.
    if (!clientSecret) throw new RangeError(`Cannot let in client '${clientId}': its secret is empty`);
    add({ clientId, clientSecret, account: () => otherClient(clientId) });
  }
  const accessToken = createSecret();
  const tokens = createTokens(clock);
  const grant = { account: OWNER, clientId: LOCAL_NATIVE_CLIENT_ID, policies: [], isRevoked: false };
  tokens.adopt(accessToken, grant, { resourceServer: COMPUTE_RESOURCE_SERVER, scopes: [COMPUTE_SCOPE] });
  return {
    tokens,
    clients: known,
    trustedIssuers,
    lifetimeSeconds: accessTokenLifetimeSeconds,
    clock,
    clientSecret,
    accessToken,
  };
}
