import type { EdgeContext } from "../context.ts";
import type { Hook } from "../hook.ts";
import { sha256Hex } from "../../src/base/sha256.ts";
import type { ReceivedRequest, Verified } from "../verify/verifier.ts";
import { toResponse } from "./answer.ts";
import { claimDelivery } from "./claim.ts";
import { findDeliveryId } from "./delivery_id.ts";
import { handleDelivery } from "./handle_delivery.ts";
import { parseEvent } from "./parse_event.ts";
import { Refusal } from "./refusal.ts";
import { underWay } from "./under_way.ts";

/** Beside the time that a hook may take: for the store. */
const CLAIM_MS = 10_000;

/**
 * Takes a delivery that is verified: parses it, claims it, and has it handled.
 *
 * @throws {Refusal} If it is not taken.
 */
export async function accept(
  context: EdgeContext,
  hookName: string,
  hook: Hook,
  { headers, body, verified }: Pick<ReceivedRequest, "headers" | "body"> & { verified: Verified },
): Promise<Response> {
  const { limits } = context;
  const { json, event, isIgnored } = await parseEvent(hook, verified, body, context);
  const deliveryId = findDeliveryId(verified, headers);

  const claimed = await claimDelivery(context, {
    hook: hookName,
    deliveryId,
    isIdSigned: verified.isIdSigned === true,
    bodyDigest: sha256Hex(body),
    leaseMs: limits.batchTimeoutMs + CLAIM_MS,
  });
  if (claimed.state === "underWay") throw underWay();
  if (claimed.state === "reused") {
    const problem = {
      status: 422,
      type: "delivery-id-reused",
      title: "The delivery's id stands for another one",
    };
    throw new Refusal(problem, "its id came before, with other bytes");
  }
  if (claimed.state === "answered") {
    const { answer, record: { batchId } } = claimed;
    const hasBatch = answer.status === 202;
    context.tell({ kind: "deliveryRepeated", hook: hookName, deliveryId, ...(hasBatch ? { batchId } : {}) });
    return toResponse(answer, true);
  }
  const { claim } = claimed;
  const handled = handleDelivery(context, {
    hookName,
    hook,
    headers,
    verified,
    json,
    event,
    isIgnored,
    claim,
  });
  context.waitUntil(handled); // A sender that hangs up must not end it halfway.
  return toResponse(await handled, false);
}
