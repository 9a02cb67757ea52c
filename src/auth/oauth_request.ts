import { encodeBase64 } from "../base/base64.ts";
import { allowInsecureRequests, type AuthorizationServer, type Client, type ClientAuth } from "oauth4webapi";
import { customFetch, None } from "oauth4webapi";
import type { AuthorizerContext } from "../http/authorizer.ts";
import type { OAuthClient } from "./oauth_client.ts";

/** The server as `oauth4webapi` wants it. */
export function serverOf({ issuer, tokenEndpoint }: OAuthClient): AuthorizationServer {
  return {
    issuer,
    token_endpoint: tokenEndpoint,
    revocation_endpoint: `${issuer}/v2/oauth2/token/revoke`,
    id_token_signing_alg_values_supported: ["RS512"],
  };
}

/** The client as `oauth4webapi` wants it: with an id, even where none is sent. */
export function clientOf({ clientId = "none" }: OAuthClient): Client {
  return { client_id: clientId };
}

/** A client with a secret shows it in a header, one without names itself, and one without an id does nothing. */
export function authenticationOf({ clientId, clientSecret }: OAuthClient): ClientAuth {
  if (clientId === undefined) return () => {};
  if (clientSecret === undefined) return None();
  const credentials = basicCredentials(clientId, clientSecret);
  return (_server, _client, _body, headers) => headers.set("authorization", `Basic ${credentials}`);
}

/** How requests are sent: by the client's own `fetch`, on a connection that is not kept, as all of its requests. */
export function requestOptions(client: OAuthClient, { fetch }: AuthorizerContext, signal: AbortSignal) {
  return {
    signal,
    headers: { connection: "close" },
    [customFetch]: (url: string, init: RequestInit) => fetch(new Request(url, init)),
    // Its address was checked: plain HTTP stays on this machine.
    [allowInsecureRequests]: new URL(client.tokenEndpoint).protocol === "http:",
  };
}

/** What no message may show of a client: its secret, and the form in which it is sent. */
export function secretsOf({ clientId, clientSecret }: OAuthClient): string[] {
  if (clientSecret === undefined) return [];
  return clientId === undefined ? [clientSecret] : [clientSecret, basicCredentials(clientId, clientSecret)];
}

/** As they are: Globus' own clients never form-encode them, as RFC 6749, section 2.3.1, and the library would. */
function basicCredentials(clientId: string, clientSecret: string): string {
  return encodeBase64(new TextEncoder().encode(`${clientId}:${clientSecret}`));
}
