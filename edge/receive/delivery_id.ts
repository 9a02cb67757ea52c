import type { Verified } from "../verify/verifier.ts";
import { Refusal } from "./refusal.ts";

const MAX_ID_LENGTH = 256;
/** A string of RFC 9651: visible ASCII and spaces in quotes, of which quotes and backslashes are escaped. */
const STRING = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

/**
 * What names a delivery: the sender's own id, or the `Idempotency-Key` that came with it.
 *
 * @throws {Refusal} If there is neither.
 */
export function findDeliveryId({ deliveryId }: Verified, headers: Headers): string {
  if (deliveryId !== undefined && deliveryId !== "") return deliveryId;
  const field = headers.get("idempotency-key")?.trim();
  const id = STRING.exec(field ?? "")?.[1]?.replace(/\\(.)/g, "$1");
  if (id !== undefined && id !== "" && id.length <= MAX_ID_LENGTH) return id;
  throw new Refusal({
    status: 400,
    type: "delivery-id-missing",
    title: "The delivery has no id",
    detail: `Send an 'Idempotency-Key' of up to ${MAX_ID_LENGTH} characters in quotes, such as ` +
      `"8e03978e-40d5-43dd-bc93-6894a57f9324", and the same one whenever you send it again`,
  }, field === undefined ? "it has no id" : "its Idempotency-Key is no string in quotes");
}
