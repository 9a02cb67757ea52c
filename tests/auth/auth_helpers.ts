/** A Compute service and an authorization server in one scripted `fetch`: what the tests of authorizers share. */
import { inspect } from "node:util";
import { type Authorizer, type Client, createClient, getEndpointStatus } from "../../mod.ts";
import { ManualClock } from "../support/manual_clock.ts";
import {
  createObservedFetch,
  json,
  type ObservedFetch,
  type SentRequest,
} from "../support/observed_fetch.ts";
import { untilSettled } from "../support/until.ts";
import { ENDPOINT_ID } from "../support/task_helpers.ts";

/** A route that is asked anew by each call. */
export const STATUS = `GET /v2/endpoints/${ENDPOINT_ID}/status`;
export const TOKEN = "POST /v2/oauth2/token";
export const REVOKE = "POST /v2/oauth2/token/revoke";
export const COMPUTE_SCOPE = "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all";

/** An authorization server that hands out `token-1`, `token-2` and so on, and a service that takes some of them. */
export interface AuthWorld {
  fetch: ObservedFetch;
  clock: ManualClock;
  /** The tokens that the service takes. */
  good: Set<string>;
  connect(authorizer: Authorizer): Client;
  /** The forms that the token endpoint was sent. */
  grants(): Record<string, string>[];
  /** The bearers that the service was sent. */
  bearers(): string[];
}

export function setUpAuth(extra: Record<string, unknown> = {}): AuthWorld {
  const fetch = createObservedFetch();
  const clock = new ManualClock();
  const good = new Set<string>();
  let count = 0;
  fetch.always(TOKEN, () => {
    const token = `token-${++count}`;
    good.add(token);
    return json({
      access_token: token,
      token_type: "Bearer",
      expires_in: 172_800,
      scope: COMPUTE_SCOPE,
      resource_server: "funcx_service",
      other_tokens: [],
      ...extra,
    });
  });
  fetch.always(REVOKE, ({ text }) => {
    good.delete(new URLSearchParams(text).get("token") ?? "");
    return json({ active: false });
  });
  fetch.always(
    STATUS,
    (sent) => good.has(bearerOf(sent)) ? json({ status: "online", details: {} }) : unauthorized(),
  );
  const sentTo = (route: string) => fetch.sent.filter((sent) => sent.route === route);
  return {
    fetch,
    clock,
    good,
    connect: (authorizer) =>
      createClient({
        authorizer,
        baseUrl: "https://compute.example.org",
        fetch,
        clock,
        maxAttempts: 1,
        limiter: { acquire: () => Promise.resolve(), pause() {} },
      }),
    grants: () => sentTo(TOKEN).map(({ text }) => Object.fromEntries(new URLSearchParams(text))),
    bearers: () => sentTo(STATUS).map(bearerOf),
  };
}

export function unauthorized(): Response {
  return json({ code: "INVALID_AUTH_TOKEN", detail: "The access token has expired" }, { status: 401 });
}

export function oauthError(error: string, description?: string, status = 400): () => Response {
  return () => json({ error, ...(description ? { error_description: description } : {}) }, { status });
}

/** One authorized request. */
export async function ask(client: Client, options: { signal?: AbortSignal } = {}): Promise<string> {
  return (await getEndpointStatus(client, ENDPOINT_ID, options)).status;
}

/** Lets what is under way run, until so many requests have been sent. */
export async function untilSentCount(fetch: ObservedFetch, count: number): Promise<void> {
  await untilSettled(`${count} requests`, () => fetch.sent.length >= count);
}

/** Everything of a value that a log may show, the hidden included. */
export function shown(value: unknown): string {
  const options = { depth: Infinity, breakLength: Infinity, showHidden: true };
  const parts = [
    String(value),
    inspect(value, options),
    Deno.inspect(value, { depth: 10, showHidden: true }),
  ];
  if (value instanceof Error) parts.push(value.stack ?? "", JSON.stringify(value), shown(value.cause));
  return parts.join("\n");
}

function bearerOf({ headers }: SentRequest): string {
  return (headers.get("authorization") ?? "").replace(/^Bearer /, "");
}
