import { checkKind, checkSize, traceParent } from "./check_headers.ts";
import { inSpan } from "../../src/telemetry/telemetry.ts";
import { readBody } from "./read_body.ts";
import type { EdgeContext } from "../context.ts";
import type { Hook } from "../hook.ts";
import { problemResponse } from "../problem.ts";
import { Refusal } from "./refusal.ts";
import type { HandshakeAnswer, ReceivedRequest, Verification, Verified } from "../verify/verifier.ts";
import { runVerifier } from "../verify/run_verifier.ts";

const RETRY_AFTER_SECONDS = 10;

/**
 * Takes a delivery of a hook: holds it to its limits, has it verified, claims it, makes its batch and submits that,
 * once. What a sender is told first, it is told again whenever it sends the same again.
 */
export async function receive(
  context: EdgeContext,
  hookName: string,
  request: Request,
): Promise<Response> {
  const hook = context.hooks.get(hookName);
  try {
    if (hook !== undefined) return await take(context, hookName, hook, request);
    const title = "There is no such hook";
    throw new Refusal({ status: 404, type: "unknown-hook", title });
  } catch (error) {
    const refusal = error instanceof Refusal ? error : failed(error);
    context.tell({
      kind: "deliveryRefused",
      hook: hook === undefined ? undefined : hookName,
      status: refusal.problem.status,
      cause: refusal.message,
      ...(refusal.cause === undefined ? {} : { error: refusal.cause }),
    });
    return problemResponse(refusal.problem);
  }
}

async function take(
  context: EdgeContext,
  hookName: string,
  hook: Hook,
  request: Request,
): Promise<Response> {
  const { method, headers } = request;
  // The address that its sender knows: what a proxy has made of it is in no signature.
  const url = new URL(`${context.baseUrl}/hooks/${hookName}${new URL(request.url).search}`);
  const isHandshake = (by: string) => hook.verify.isHandshake?.({ method: by, url, headers }) === true;
  const limits = { ...context.limits, maxBodyBytes: maxBodyBytesOf(context, hook) };
  let mayBeHandshake: boolean;
  try {
    mayBeHandshake = isHandshake(method);
    checkSize(headers, limits);
    if (!mayBeHandshake) checkKind(request, isHandshake);
  } catch (error) {
    request.body?.cancel().catch(() => {});
    throw error;
  }
  const body = await readBody(request, { ...limits, clock: context.clock });
  const verified = await verifyDelivery(context, hook, { method, url, headers, body });
  if (!verified.isVerified) {
    context.tell({ kind: "handshakeAnswered", hook: hookName });
    return answerHandshake(verified.handshake);
  }
  if (mayBeHandshake) checkKind(request, isHandshake); // It was a delivery.
  const { accept } = await import("./accept.ts"); // With the first delivery that is verified.
  // The span starts only after verification.
  const start = () => ({
    name: "globus_compute.delivery",
    attributes: { "globus_compute.hook": hookName },
    traceparent: traceParent(headers),
  });
  return await inSpan(start, async (span) => {
    try {
      const response = await accept(context, hookName, hook, { headers, body, verified });
      span.add({ "http.response.status_code": response.status });
      return response;
    } catch (error) {
      if (error instanceof Refusal) span.add({ "http.response.status_code": error.problem.status });
      throw error;
    }
  });
}

/** The largest body that a hook takes. */
function maxBodyBytesOf({ limits, options }: EdgeContext, { maxBodyBytes, verify }: Hook): number {
  return maxBodyBytes ?? options.limits?.maxBodyBytes ?? verify.maxBodyBytes ?? limits.maxBodyBytes;
}

/** The store, as a rule: whoever sends it again finds what was written. */
function failed(cause: unknown): Refusal {
  return new Refusal(
    {
      status: 503,
      type: "unavailable",
      title: "The delivery cannot be taken for now",
      headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
    },
    { message: "the handler or its store failed", cause },
  );
}

/** The response to a handshake. What is echoed in it is of a type that no browser runs. */
function answerHandshake({ text, json, headers = {} }: HandshakeAnswer): Response {
  const isJson = text === undefined && json !== undefined;
  const body = isJson ? JSON.stringify(json) : text ?? null;
  const all = new Headers(headers);
  all.set("cache-control", "no-store");
  all.set("x-content-type-options", "nosniff");
  if (body !== null) all.set("content-type", isJson ? "application/json" : "text/plain; charset=utf-8");
  return new Response(body, { status: body === null ? 204 : 200, headers: all });
}

/** A delivery that is verified, or the answer to a handshake. */
type Passed = Verified | { readonly isVerified: false; readonly handshake: HandshakeAnswer };

/**
 * Has a request verified. Whatever is wrong with it, its sender is told the same: what was right would help
 * whoever tries signatures.
 *
 * @throws {Refusal} If it is neither a verified delivery nor a handshake, or the verifier could not find out.
 */
async function verifyDelivery(
  context: EdgeContext,
  { verify }: Pick<Hook, "verify">,
  request: ReceivedRequest,
): Promise<Passed> {
  let verification: Verification | undefined;
  try {
    verification = await runVerifier(context, verify, request);
  } catch (cause) {
    throw new Refusal(
      {
        status: 503,
        type: "verifier-unavailable",
        title: "The delivery cannot be verified for now",
        headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
      },
      { message: "its verifier could not find out", cause },
    );
  }
  if (verification?.isVerified === true) return verification;
  if (verification?.handshake !== undefined) return { isVerified: false, handshake: verification.handshake };
  throw new Refusal({
    status: 401,
    type: "not-verified",
    title: "The delivery could not be authenticated",
    headers: { "www-authenticate": "Signature" },
  }, { message: verification?.cause ?? "its verifier said nothing" });
}
