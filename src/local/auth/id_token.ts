import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import type { Account } from "./accounts.ts";

/** Signs what the service says of a person. */
export interface IdTokenSigner {
  /** The public key, without an id, as Globus Auth has it. */
  keySet(): Promise<{ keys: JWK[] }>;
  sign(claims: IdTokenClaims): Promise<string>;
}

/** What an id token says. */
export interface IdTokenClaims {
  issuer: string;
  clientId: string;
  account: Account;
  nonce: string | undefined;
  nowMs: number;
  lifetimeSeconds: number;
}

const ALGORITHM = "RS512";

/** A signer whose key is made when it is first needed, as that takes a while. */
export function createIdTokenSigner(): IdTokenSigner {
  let made: ReturnType<typeof generateKeyPair> | undefined;
  const keys = () => made ??= generateKeyPair(ALGORITHM);
  return {
    async keySet() {
      const { kty, n, e } = await exportJWK((await keys()).publicKey) as {
        kty: string;
        n: string;
        e: string;
      };
      return { keys: [{ kty, n, e, alg: ALGORITHM, use: "sig" }] };
    },
    async sign({ issuer, clientId, account, nonce, nowMs, lifetimeSeconds }) {
      const seconds = Math.floor(nowMs / 1000);
      return await new SignJWT({ ...describePerson(account), ...(nonce === undefined ? {} : { nonce }) })
        .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(clientId)
        .setSubject(account.id)
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + Math.ceil(lifetimeSeconds))
        .sign((await keys()).privateKey);
    },
  };
}

/** What is said of a person, by an id token and by `userinfo`. */
export function describePerson({ id, username, name }: Account): Record<string, unknown> {
  const common = { sub: id, name, organization: "localhost" };
  return {
    ...common,
    preferred_username: username,
    identity_provider: LOCAL_PROVIDER_ID,
    identity_provider_display_name: "This machine",
    identity_set: [{ ...common, username, identity_provider: LOCAL_PROVIDER_ID }],
  };
}

const LOCAL_PROVIDER_ID = "41143743-f3c8-4d60-bbdb-eeecaba85bd9";
