import type { Authorizer } from "../http/authorizer.ts";

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
  if (typeof token !== "function") checkToken(token);
  return async (request) => {
    const current = typeof token === "function" ? checkToken(await token()) : token;
    request.headers.set("authorization", `Bearer ${current}`);
    return request;
  };
}

/** `b64token` of RFC 6750. Anything else is a mistake, a line feed at the end for one. */
function checkToken(token: unknown): string {
  if (typeof token === "string" && /^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw new TypeError(
    "Cannot use this access token: it is empty, or has spaces or other characters no token has",
  );
}
