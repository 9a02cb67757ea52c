import type { MiddlewareHandler } from "hono";
import type { Clock } from "../base/clock.ts";

const WINDOW_MS = 10_000;

/** Answers 429 to whoever has sent as many requests in the last 10 seconds with the same token. */
export function limitRate(maxRequests: number, clock: Clock): MiddlewareHandler {
  const timesOf = new Map<string, number[]>();
  return async function checkRate(c, next) {
    if (maxRequests === Infinity) return await next();
    const nowMs = clock.monotonicMs();
    const token = c.req.header("authorization") ?? "";
    const times = (timesOf.get(token) ?? []).filter((time) => time > nowMs - WINDOW_MS);
    timesOf.set(token, times);
    const [oldest = nowMs] = times;
    if (times.length >= maxRequests) return tooManyRequests((oldest + WINDOW_MS - nowMs) / 1000);
    times.push(nowMs);
    await next();
  };
}

/** The answer to too many requests; its seconds are rounded up. */
export function tooManyRequests(retryAfterSeconds: number): Response {
  const headers = { "retry-after": String(Math.ceil(retryAfterSeconds)) };
  return Response.json({ detail: "Too Many Requests" }, { status: 429, headers });
}
