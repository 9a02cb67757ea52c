import type { Context, MiddlewareHandler } from "hono";
import { COMPUTE_SCOPE } from "../constants.ts";
import { serviceError } from "../service_error.ts";
import { type Account, trustedSubject } from "./accounts.ts";
import type { AuthState } from "./auth_state.ts";
import { COMPUTE_RESOURCE_SERVER } from "./scopes.ts";
import { findIssuer, readTrusted } from "./trusted_issuer.ts";

/** Who comes with a request. */
export interface Bearer {
  account: Account;
  /** Policies that the login has met. */
  policies: readonly string[];
}

/** Who comes with this request: {@linkcode requireToken} has found out. */
export function bearerOf(c: Context): Bearer {
  return c.get("bearer");
}

/** Lets nobody on without a token for the Compute service. Whoever has one may run code here. */
export function requireToken(state: AuthState): MiddlewareHandler {
  return async function checkToken(c, next) {
    const [, token] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
    if (token === undefined) {
      throw serviceError(
        "USER_UNAUTHENTICATED",
        "The access token is missing: use the one that this service printed when it started, or ask for one",
        [],
        { "www-authenticate": "Bearer" },
      );
    }
    c.set("bearer", await findBearer(state, token));
    await next();
  };
}

async function findBearer(state: AuthState, token: string): Promise<Bearer> {
  const known = await state.tokens.findAccess(token);
  if (!known) return await findSubject(state, token);
  const { grant, scopes, resourceServer } = known;
  if (known.isRevoked || grant.isRevoked) throw invalidToken("The access token was revoked");
  if (known.expiresAtMs <= state.clock.nowMs()) throw invalidToken("The access token has expired");
  if (resourceServer !== COMPUTE_RESOURCE_SERVER) {
    throw invalidToken(`The access token is for ${resourceServer}, not for ${COMPUTE_RESOURCE_SERVER}`);
  }
  if (!scopes.includes(COMPUTE_SCOPE)) {
    throw serviceError("INSUFFICIENT_AUTH_SCOPE", `The access token lacks the scope ${COMPUTE_SCOPE}`);
  }
  return { account: grant.account, policies: grant.policies };
}

/** A JWT of an issuer that is trusted. */
async function findSubject(state: AuthState, token: string): Promise<Bearer> {
  const trusted = findIssuer(state, token);
  if (!trusted) throw invalidToken("The access token is unknown to this service");
  const { issuer } = trusted;
  let claims: Record<string, unknown>;
  try {
    claims = await readTrusted(state, trusted, token);
  } catch (error) {
    throw invalidToken(error instanceof Error ? error.message : "Cannot trust the JWT");
  }
  const subject = typeof claims.sub === "string" ? claims.sub : issuer;
  return { account: await trustedSubject(issuer, subject), policies: [] };
}

function invalidToken(detail: string): Error {
  // Quotes would end the value: RFC 9110, section 5.6.4.
  const description = detail.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, "?");
  return serviceError("INVALID_AUTH_TOKEN", detail, [], {
    "www-authenticate": `Bearer error="invalid_token", error_description="${description}"`,
  });
}
