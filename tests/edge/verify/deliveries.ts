import { Buffer } from "node:buffer";
import type {
  ReceivedRequest,
  Verification,
  Verifier,
  VerifierContext,
} from "../../../edge/verify/verifier.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import type { Delivery, Scheme } from "./schemes.ts";

/** The time of these tests. */
export const NOW_MS = Date.UTC(2026, 0, 1);

const BODY = JSON.stringify({
  id: "evt_1",
  event: { id: "01HMM" },
  ref: "refs/heads/main",
  head_commit: { id: "6113728f27ae82c7b1a177c8d03f9e96e0adf246", message: "Größe 📏 of 1.5" },
});

/** A delivery of a push, at the time of these tests. */
export function delivery(
  { body = BODY, id = "72d3162e-cc78-11e3-81ab-4c9367dc0958", timestamp = String(NOW_MS / 1000) }: {
    body?: string | Uint8Array;
    id?: string;
    timestamp?: string;
  } = {},
): Delivery {
  return { body: typeof body === "string" ? Buffer.from(body) : body, id, timestamp };
}

/** A delivery as a request, signed as its sender does. */
export function signedRequest(
  scheme: Scheme,
  sent: Delivery = delivery(),
  { url = "https://hooks.example.org/hooks/push", secret = scheme.secret } = {},
): Request {
  return new Request(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...scheme.sign(sent, secret) },
    body: new Uint8Array(sent.body),
  });
}

/** A request as a verifier gets it. */
export async function received(request: Request): Promise<ReceivedRequest> {
  return {
    method: request.method,
    url: new URL(request.url),
    headers: request.headers,
    body: new Uint8Array(await request.arrayBuffer()),
  };
}

/** Verifies a request; nothing may be fetched, unless a test says how. */
export async function verify(
  verifier: Verifier,
  request: Request,
  context: Partial<VerifierContext> = {},
): Promise<Verification> {
  return await verifier(await received(request), {
    clock: new ManualClock(NOW_MS),
    fetch: () => Promise.reject(new Error("Nothing is to be fetched")),
    signal: new AbortController().signal,
    ...context,
  });
}
