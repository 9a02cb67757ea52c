/** All that is loaded with the first token that is asked for, or revoked. */
export { revokeTokens } from "./revoke_tokens.ts";
export { requestToken } from "./token_endpoint.ts";
