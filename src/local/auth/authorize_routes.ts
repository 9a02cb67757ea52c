import { type Context, Hono } from "hono";
import { OWNER } from "./accounts.ts";
import type { AuthState, KnownClient } from "./auth_state.ts";
import { codePage, problemPage, type Question, questionPage } from "./authorize_page.ts";
import { readForm } from "./client_authentication.ts";
import { isSameSecret } from "./same_secret.ts";
import { readScopes, type ScopeGroup, scopesIn } from "./scopes.ts";
import { issuerOf } from "./trusted_issuer.ts";

const CODE_LIFETIME_MS = 600_000;
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/;

/** A request for an authorization, checked. */
interface Authorization {
  client: KnownClient;
  redirectUri: string;
  groups: ScopeGroup[];
  query: Record<string, string>;
}

/**
 * Letting a client in, as a person. Whoever opens the page has to know the service's secret: a page of this machine that
 * sends a browser here gets nothing by itself.
 */
export function authorizeRoutes(state: AuthState): Hono {
  const app = new Hono();
  const { tokens, clock } = state;

  app.get("/v2/oauth2/authorize", (c) => {
    const authorization = readAuthorization(c, state);
    if (authorization instanceof Response || authorization instanceof Promise) return authorization;
    return show(c, authorization.redirectUri, questionPage(questionOf(authorization)));
  });

  app.post("/v2/oauth2/authorize", async (c) => {
    const authorization = readAuthorization(c, state);
    if (authorization instanceof Response || authorization instanceof Promise) return await authorization;
    const { client, redirectUri, groups, query } = authorization;
    const form = await readForm(c);
    if (form.decision !== "allow") return sendBack(c, authorization, { error: "access_denied" });
    if (!await isSameSecret(state.clientSecret, form.secret ?? "")) {
      const problem = "This is not the secret that the service printed when it started.";
      return show(c, redirectUri, questionPage({ ...questionOf(authorization), problem }), 403);
    }
    const policies = query.session_required_policies?.split(",") ?? [];
    const code = await tokens.issueCode({
      grant: { account: OWNER, clientId: client.clientId, policies, isRevoked: false },
      groups,
      redirectUri,
      codeChallenge: query.code_challenge,
      nonce: query.nonce,
      isOffline: query.access_type === "offline" ||
        groups.some(({ scopes }) => scopes.includes("offline_access")),
      expiresAtMs: clock.nowMs() + CODE_LIFETIME_MS,
      isUsed: false,
    });
    return sendBack(c, authorization, { code });
  });

  app.get("/v2/web/auth-code", (c) => {
    const { code, error } = c.req.query();
    const page = code
      ? codePage(code)
      : problemPage(`There is no code: ${error ?? "nothing was asked for"}.`);
    return show(c, issuerOf(c), page);
  });

  return app;
}

/** What is asked, or the answer to what cannot be asked: never a redirect to an address that is not to be trusted. */
function readAuthorization(c: Context, state: AuthState): Authorization | Response | Promise<Response> {
  const query = c.req.query();
  if (Object.values(c.req.queries()).some(({ length }) => length > 1)) {
    return refuse(c, "A parameter is there twice.");
  }
  const client = state.clients.get(query.client_id ?? "");
  if (!client) return refuse(c, "The client is unknown to this service.");
  const redirectUri = query.redirect_uri ?? "";
  if (!LOOPBACK.test(redirectUri) || !URL.canParse(redirectUri)) {
    return refuse(c, "The redirect URI is not on this machine: codes are sent nowhere else.");
  }
  const authorization = { client, redirectUri, groups: [], query };
  const sendError = (error: string, description: string) =>
    sendBack(c, authorization, { error, error_description: description });
  if (query.response_type !== "code") {
    return sendError("unsupported_response_type", "The parameter 'response_type' must be 'code'");
  }
  const hasChallenge = query.code_challenge !== undefined;
  if (hasChallenge ? query.code_challenge_method !== "S256" : client.clientSecret === undefined) {
    return sendError("invalid_request", "A code challenge of the method S256 is needed");
  }
  if (scopesIn(query.scope).length === 0) { // Globus Auth has no default here.
    return sendError("invalid_scope", "The parameter 'scope' is missing: name what the client asks for");
  }
  try {
    return { ...authorization, groups: readScopes(query.scope) };
  } catch {
    return sendError("invalid_scope", "One of the scopes is unknown to this service");
  }
}

function questionOf({ client, groups, redirectUri, query }: Authorization): Question {
  return {
    clientId: client.clientId,
    scopes: groups.flatMap(({ scopes }) => scopes),
    redirectUri,
    message: query.session_message,
  };
}

function sendBack(
  c: Context,
  { redirectUri, query }: Authorization,
  result: Record<string, string>,
): Response {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(result)) url.searchParams.set(name, value);
  if (query.state !== undefined) url.searchParams.set("state", query.state);
  return c.redirect(url.href, 302);
}

function refuse(c: Context, problem: string): Response | Promise<Response> {
  return show(c, issuerOf(c), problemPage(problem), 400);
}

/** A page that loads nothing, is in no frame, is kept nowhere, and whose form may lead to one more place. */
function show(
  c: Context,
  redirectUri: string,
  page: ReturnType<typeof problemPage>,
  status: 200 | 400 | 403 = 200,
): Response | Promise<Response> {
  return c.html(page, status, {
    "cache-control": "no-store",
    "content-security-policy":
      `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'self' ${
        new URL(redirectUri).origin
      }`,
    "referrer-policy": "same-origin", // With none at all, a browser sends the form with the origin 'null'.
    "x-frame-options": "DENY",
  });
}
