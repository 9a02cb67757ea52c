import type { Authorizer } from "../http/authorizer.ts";
import { sha256Hex } from "../base/sha256.ts";
import { isBearerToken, withBearer } from "./bearer.ts";

/**
 * An authorizer for a token that is already there, or that a function of yours brings.
 *
 * @example A token from the environment
 * ```ts
 * import { accessToken, createClient } from "@edge-compute/globus";
 *
 * const client = createClient({ authorizer: accessToken(() => Deno.readTextFile("token.txt")) });
 * ```
 *
 * @param token The token, or a function that is asked for it at each attempt.
 * @returns An authorizer that sends it as a bearer token (RFC 6750).
 * @throws {TypeError} If the token is empty or has characters that no token has; the message does not show it.
 */
export function accessToken(token: string | (() => string | Promise<string>)): Authorizer {
  if (typeof token === "function") {
    return async (request) => withBearer(request, checkToken(await token()));
  }
  checkToken(token);
  const authorizer: Authorizer = (request) => withBearer(request, token);
  authorizer.account = () => sha256Hex(`token ${token}`);
  return authorizer;
}

function checkToken(token: unknown): string {
  if (isBearerToken(token)) return token;
  throw new TypeError(
    "Cannot use this access token: it is empty, or has spaces or other characters no token has",
  );
}
