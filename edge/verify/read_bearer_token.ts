const BEARER = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i;

/** The token of `Authorization: Bearer …` (RFC 6750), where there is one and no more. */
export function readBearerToken(headers: Headers): string | undefined {
  return BEARER.exec(headers.get("authorization") ?? "")?.[1];
}
