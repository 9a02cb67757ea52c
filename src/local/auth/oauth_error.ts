import { HTTPException } from "hono/http-exception";

const STATUS = {
  invalid_client: 401,
  invalid_grant: 400,
  invalid_request: 400,
  invalid_scope: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
} as const;

/** An error of the token endpoint and its like: RFC 6749, section 5.2. */
export function oauthError(error: keyof typeof STATUS, description: string): HTTPException {
  const status = STATUS[error];
  const headers = {
    "cache-control": "no-store",
    ...(status === 401 ? { "www-authenticate": 'Basic realm="local"' } : {}),
  };
  const res = Response.json({ error, error_description: description }, { status, headers });
  return new HTTPException(status, { res });
}
