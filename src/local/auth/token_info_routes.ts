import { Hono } from "hono";
import type { AuthState } from "./auth_state.ts";
import { authenticateClient, readForm, requireField } from "./client_authentication.ts";
import { describePerson, type IdTokenSigner } from "./id_token.ts";
import { oauthError } from "./oauth_error.ts";
import type { AccessToken } from "./tokens.ts";
import { issuerOf } from "./trusted_issuer.ts";

const NO_STORE = { "cache-control": "no-store" };

/** Asking about tokens, ending them, and where all of it is. */
export function tokenInfoRoutes(state: AuthState, signer: IdTokenSigner): Hono {
  const app = new Hono();
  const { tokens, clock } = state;

  const isActive = ({ isRevoked, grant, expiresAtMs }: AccessToken) =>
    !isRevoked && !grant.isRevoked && expiresAtMs > clock.nowMs();

  // A token that is unknown, or another client's, is none that this client could use: RFC 7009, section 2.2.
  app.post("/v2/oauth2/token/revoke", async (c) => {
    const form = await readForm(c);
    const { clientId } = await authenticateClient(c, form, state);
    const token = requireField(form, "token");
    const access = await tokens.findAccess(token);
    if (access?.grant.clientId === clientId) access.isRevoked = true;
    const refresh = await tokens.findRefresh(token);
    if (refresh?.grant.clientId === clientId) refresh.grant.isRevoked = true;
    return c.json({ active: false }, 200, NO_STORE);
  });

  app.post("/v2/oauth2/token/introspect", async (c) => {
    const form = await readForm(c);
    const client = await authenticateClient(c, form, state);
    if (client.clientSecret === undefined) {
      throw oauthError("invalid_client", "Only a client with a secret may ask");
    }
    const known = await tokens.findAccess(requireField(form, "token"));
    if (!known || !isActive(known)) return c.json({ active: false }, 200, NO_STORE);
    const { grant: { account, clientId }, issuedAtMs, expiresAtMs } = known;
    const issuedAt = Math.floor(issuedAtMs / 1000);
    return c.json(
      {
        active: true,
        token_type: "Bearer",
        scope: known.scopes.join(" "),
        client_id: clientId,
        username: account.username,
        name: account.name,
        sub: account.id,
        iss: issuerOf(c),
        aud: [known.resourceServer, clientId],
        iat: issuedAt,
        nbf: issuedAt,
        ...(expiresAtMs === Infinity ? {} : { exp: Math.floor(expiresAtMs / 1000) }),
        ...(form.include?.split(",").includes("identity_set") ? { identity_set: [account.id] } : {}),
      },
      200,
      NO_STORE,
    );
  });

  app.on(["GET", "POST"], "/v2/oauth2/userinfo", async (c) => {
    const [, token = ""] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
    const known = await tokens.findAccess(token);
    if (!known || !isActive(known) || !known.scopes.includes("openid")) {
      const headers = { "www-authenticate": 'Bearer error="invalid_token"' };
      const detail = "The access token is unknown, expired, revoked, or without the scope 'openid'";
      return c.json({ error: "invalid_token", error_description: detail }, 401, headers);
    }
    return c.json(describePerson(known.grant.account), 200, NO_STORE);
  });

  app.get("/jwk.json", async (c) => c.json(await signer.keySet()));

  app.get("/.well-known/openid-configuration", (c) => {
    const issuer = issuerOf(c);
    return c.json({
      issuer,
      authorization_endpoint: `${issuer}/v2/oauth2/authorize`,
      token_endpoint: `${issuer}/v2/oauth2/token`,
      revocation_endpoint: `${issuer}/v2/oauth2/token/revoke`,
      introspection_endpoint: `${issuer}/v2/oauth2/token/introspect`,
      userinfo_endpoint: `${issuer}/v2/oauth2/userinfo`,
      jwks_uri: `${issuer}/jwk.json`,
      end_session_endpoint: `${issuer}/v2/web/logout`,
      response_types_supported: ["code"],
      grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: ["RS512"],
      subject_types_supported: ["public"],
      scopes_supported: ["openid", "email", "profile"],
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
      claims_supported: [
        "at_hash",
        "aud",
        "email",
        "exp",
        "name",
        "nonce",
        "preferred_username",
        "iat",
        "iss",
        "sub",
      ],
    });
  });

  app.get("/v2/web/logout", (c) => c.text("There is no session here that could be ended.\n"));

  return app;
}
