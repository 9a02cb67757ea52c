import type { Sent } from "./auth_world.ts";

const SECRET_FIELDS = [
  "access_token",
  "refresh_token",
  "token",
  "assertion",
  "code",
  "client_secret",
  "id_token",
];

/** A `fetch` that notes all secrets which pass through it, and what a client has sent. */
export function observe(secrets: Set<string>, sent: Sent): (request: Request) => Promise<Response> {
  const note = (value: unknown) => {
    if (typeof value === "string" && value !== "") secrets.add(value);
  };
  return async function observedFetch(request) {
    const { pathname } = new URL(request.url);
    const [scheme, credentials] = (request.headers.get("authorization") ?? "").split(" ");
    note(credentials);
    if (scheme === "Basic") note(atob(credentials as string).split(":")[1]);
    if (scheme === "Bearer") sent.bearers.add(credentials as string);
    if (request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      const form = new URLSearchParams(await request.clone().text());
      for (const field of SECRET_FIELDS) note(form.get(field));
    }
    if (pathname.endsWith("/token")) sent.tokenRequests++;
    const response = await fetch(request);
    if (scheme === "Bearer" && response.status === 401) sent.refusals++;
    if (pathname.startsWith("/v2/oauth2/")) {
      const answer = await response.clone().text();
      for (const [, value] of answer.matchAll(/"(?:access|refresh|id)_token":\s*"([^"]+)"/g)) note(value);
    }
    return response;
  };
}

/** All that can be seen of a value from outside, hidden properties and causes included. */
export function describe(value: unknown, depth = 0): string {
  if (depth > 6 || value === null || (typeof value !== "object" && typeof value !== "function")) {
    return String(value);
  }
  const own = Reflect.ownKeys(value).map((key) => {
    const inner: unknown = Reflect.get(value, key);
    return `${String(key)}: ${inner === value ? "itself" : describe(inner, depth + 1)}`;
  });
  const text = value instanceof Error ? `${value.stack}` : String(value);
  return `${text} { ${own.join(", ")} } ${json(value)}`;
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
