/** `b64token` of RFC 6750. Anything else is a mistake, a line feed at the end for one. */
export function isBearerToken(token: unknown): token is string {
  return typeof token === "string" && /^[A-Za-z0-9._~+/-]+=*$/.test(token);
}

/** Puts a bearer token on a request. */
export function withBearer(request: Request, token: string): Request {
  request.headers.set("authorization", `Bearer ${token}`);
  return request;
}

/** Whether it was this token that a request came with. */
export function hasBearer(request: Request | undefined, token: string): boolean {
  return request?.headers.get("authorization") === `Bearer ${token}`;
}
