import { base64url } from "jose";
import { type Context, Hono } from "hono";
import { trustedSubject } from "./accounts.ts";
import type { AuthState, KnownClient, TrustedIssuer } from "./auth_state.ts";
import { authenticateClient, type Form, readForm, requireField } from "./client_authentication.ts";
import type { IdTokenSigner } from "./id_token.ts";
import { oauthError } from "./oauth_error.ts";
import { readScopes, type ScopeGroup } from "./scopes.ts";
import type { Grant } from "./tokens.ts";
import { findIssuer, issuerOf, readTrusted } from "./trusted_issuer.ts";

/** What an answer with tokens is made of. */
interface TokenAnswer {
  grant: Grant;
  groups: readonly ScopeGroup[];
  isOffline?: boolean;
  nonce?: string | undefined;
}

/** The token endpoint: one route, five grants. */
export function tokenRoutes(state: AuthState, signer: IdTokenSigner): Hono {
  const app = new Hono();
  const { tokens, clock } = state;

  const grants: Record<string, (c: Context, form: Form) => Promise<object>> = {
    client_credentials: async (c, form) => {
      const { clientId, account } = await authenticateClient(c, form, state);
      if (!account) {
        throw oauthError("unauthorized_client", "A client without a secret cannot act for itself");
      }
      const grant = { account: await account(), clientId, policies: [], isRevoked: false };
      return await answer(c, { grant, groups: readScopes(form.scope) });
    },

    refresh_token: async (c, form) => {
      const client = await authenticateClient(c, form, state);
      const used = requireField(form, "refresh_token");
      const known = await tokens.findRefresh(used);
      const isGood = known && !known.grant.isRevoked && known.grant.clientId === client.clientId;
      if (!isGood || !await tokens.dropRefresh(used)) { // Of several at once, one has dropped it.
        throw oauthError(
          "invalid_grant",
          "The refresh token is unknown, used up, revoked, or another client's",
        );
      }
      return await answer(c, { grant: known.grant, groups: [known], isOffline: true });
    },

    authorization_code: async (c, form) => {
      const client = await authenticateClient(c, form, state);
      const code = await tokens.findCode(requireField(form, "code"));
      if (!code || code.grant.clientId !== client.clientId || code.expiresAtMs <= clock.nowMs()) {
        throw oauthError("invalid_grant", "The code is unknown, expired, or another client's");
      }
      const isVerified = await matchesChallenge(code.codeChallenge, form.code_verifier);
      // Nothing is awaited from here until it is used: of several at once, one is the first.
      if (code.isUsed) {
        code.grant.isRevoked = true; // Somebody else has it too: what it was traded for ends.
        throw oauthError("invalid_grant", "The code was used before: the tokens that it gave are revoked");
      }
      if (code.redirectUri !== form.redirect_uri) {
        throw oauthError("invalid_grant", "The parameter 'redirect_uri' is not the one of the authorization");
      }
      if (!isVerified) {
        throw oauthError("invalid_grant", "The parameter 'code_verifier' does not match the authorization");
      }
      code.isUsed = true;
      const { grant, groups, isOffline, nonce } = code;
      return await answer(c, { grant, groups, isOffline, nonce });
    },

    "urn:globus:auth:grant_type:dependent_token": async (c, form) => {
      const client = requireSecret(await authenticateClient(c, form, state));
      const known = await tokens.findAccess(requireField(form, "token"));
      if (!known || known.isRevoked || known.grant.isRevoked || known.expiresAtMs <= clock.nowMs()) {
        throw oauthError("invalid_grant", "The user's token is unknown, expired or revoked");
      }
      const { account, policies } = known.grant;
      const grant = { account, policies, clientId: client.clientId, isRevoked: false };
      const isOffline = form.access_type === "offline";
      const groups = readScopes(form.scope);
      return await Promise.all(groups.map((group) => describe({ grant, groups: [group], isOffline }, group)));
    },

    "urn:ietf:params:oauth:grant-type:jwt-bearer": async (c, form) => {
      const assertion = requireField(form, "assertion");
      const { claims, trusted } = await readAssertion(c, state, assertion);
      if (typeof claims.jti === "string" && !tokens.isFirst(`${trusted.issuer} ${claims.jti}`)) {
        throw oauthError("invalid_grant", "The assertion was used before: sign a new one for each trade");
      }
      if (typeof claims.sub !== "string") {
        throw oauthError("invalid_grant", "The assertion has no claim 'sub'");
      }
      const account = await trustedSubject(trusted.issuer, claims.sub);
      const grant = { account, clientId: trusted.issuer, policies: [], isRevoked: false };
      return await answer(c, { grant, groups: readScopes(form.scope) });
    },
  };

  app.post("/v2/oauth2/token", async (c) => {
    const form = await readForm(c);
    const grantType = requireField(form, "grant_type");
    const run = Object.hasOwn(grants, grantType) ? grants[grantType] : undefined;
    if (!run) {
      throw oauthError("unsupported_grant_type", `There is no grant '${grantType.slice(0, 100)}' here`);
    }
    return c.json(await run(c, form), 200, { "cache-control": "no-store" });
  });

  /** The token of the first resource server, with those of the others in it. */
  async function answer(c: Context, given: TokenAnswer): Promise<object> {
    const [first, ...others] = await Promise.all(given.groups.map((group) => describe(given, group)));
    const { grant, nonce } = given;
    const isPersonAsked = given.groups.some(({ scopes }) => scopes.includes("openid"));
    const idToken = isPersonAsked
      ? await signer.sign({
        issuer: issuerOf(c),
        clientId: grant.clientId,
        account: grant.account,
        nonce,
        nowMs: clock.nowMs(),
        lifetimeSeconds: state.lifetimeSeconds,
      })
      : undefined;
    return { ...first, other_tokens: others, ...(idToken === undefined ? {} : { id_token: idToken }) };
  }

  async function describe({ grant, isOffline }: TokenAnswer, group: ScopeGroup): Promise<object> {
    const { scopes, resourceServer } = group;
    return {
      access_token: await tokens.issueAccess(grant, { scopes, resourceServer }, state.lifetimeSeconds * 1000),
      scope: scopes.join(" "),
      expires_in: state.lifetimeSeconds,
      token_type: "Bearer",
      resource_server: resourceServer,
      ...(isOffline ? { refresh_token: await tokens.issueRefresh(grant, { scopes, resourceServer }) } : {}),
    };
  }

  return app;
}

function requireSecret(client: KnownClient): KnownClient {
  if (client.clientSecret !== undefined) return client;
  throw oauthError("unauthorized_client", "This grant is for clients with a secret");
}

/** PKCE: RFC 7636, section 4.6. */
async function matchesChallenge(
  challenge: string | undefined,
  verifier: string | undefined,
): Promise<boolean> {
  if (challenge === undefined && verifier === undefined) return true;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier ?? ""));
  return base64url.encode(new Uint8Array(digest)) === challenge;
}

async function readAssertion(
  c: Context,
  state: AuthState,
  assertion: string,
): Promise<{ claims: Record<string, unknown>; trusted: TrustedIssuer }> {
  const trusted = findIssuer(state, assertion);
  if (!trusted) {
    throw oauthError("invalid_grant", "The assertion is of no issuer in 'trustedIssuers' of this service");
  }
  try {
    const claims = await readTrusted(state, trusted, assertion, [`${issuerOf(c)}/v2/oauth2/token`]);
    return { claims, trusted };
  } catch (error) {
    throw oauthError("invalid_grant", error instanceof Error ? error.message : "Cannot trust the assertion");
  }
}
