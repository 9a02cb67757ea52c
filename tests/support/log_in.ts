import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  discoveryRequest,
  generateRandomCodeVerifier,
  generateRandomState,
  None,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  validateAuthResponse,
} from "oauth4webapi";
import type { LocalService } from "../../src/local/mod.ts";

const COMPUTE_SCOPE = "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all";

/** What a login came to. */
export interface LoggedIn {
  accessToken: string;
  refreshToken: string;
}

/** Lets a client in on the page of a local service, as its owner does, and gives where the browser is sent. */
export async function answerPage(
  page: URL | string,
  { clientSecret }: Pick<LocalService, "clientSecret">,
): Promise<URL> {
  const answered = await fetch(page, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ secret: clientSecret, decision: "allow" }),
  });
  await answered.body?.cancel();
  return new URL(answered.headers.get("location") ?? "");
}

/**
 * Logs the owner of a local service in, as a browser does for a program: an independent client of OAuth makes the
 * requests, and the page's form is answered.
 */
export async function logInWithBrowser(
  local: Pick<LocalService, "issuer" | "nativeClientId" | "clientSecret">,
  parameters: Record<string, string> = {},
): Promise<LoggedIn> {
  const insecure = { [allowInsecureRequests]: true };
  const issuer = new URL(local.issuer);
  const discovery = { ...insecure, algorithm: "oidc" as const };
  const server = await processDiscoveryResponse(issuer, await discoveryRequest(issuer, discovery));
  const client = { client_id: local.nativeClientId, id_token_signed_response_alg: "RS512" };
  const verifier = generateRandomCodeVerifier();
  const state = generateRandomState();
  const redirectUri = `${local.issuer}/v2/web/auth-code`;
  const url = new URL(server.authorization_endpoint as string);
  url.search = String(
    new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: redirectUri,
      response_type: "code",
      scope: COMPUTE_SCOPE,
      access_type: "offline",
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...parameters,
    }),
  );
  const answered = await answerPage(url, local);
  const callback = validateAuthResponse(server, client, answered, state);
  const response = await authorizationCodeGrantRequest(
    server,
    client,
    None(),
    callback,
    redirectUri,
    verifier,
    insecure,
  );
  const tokens = await processAuthorizationCodeResponse(server, client, response);
  return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token as string };
}
