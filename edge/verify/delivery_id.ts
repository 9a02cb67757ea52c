import { isHeaderName } from "./is_header_name.ts";
import type { ReceivedRequest } from "./verifier.ts";
import { sha256Hex } from "../../src/base/sha256.ts";

/**
 * Where a sender puts the id of a delivery, which stays the same when it is sent again: a header field; a text or
 * a whole number in the JSON body, by its path, such as `data.id`; or nowhere, so that the digest of the body stands for it, and
 * the same bytes are the same delivery.
 */
export type DeliveryIdSource =
  | { readonly header: string }
  | { readonly field: string }
  | "digest";

const ID = /^[\x21-\x7e]{1,256}$/;

/**
 * Checks the option that says where the id is.
 *
 * @throws {TypeError} If it says neither of the three.
 */
export function checkDeliveryIdSource(caller: string, source: DeliveryIdSource | undefined): void {
  if (source === undefined || source === "digest") return;
  const isObject = typeof source === "object" && source !== null;
  if (isObject && "header" in source && isHeaderName(source.header)) return;
  if (isObject && "field" in source && typeof source.field === "string" && source.field !== "") return;
  throw new TypeError(
    `Cannot use 'deliveryId' of ${caller}: it must be { header: "…" }, { field: "…" } or "digest"`,
  );
}

/** What was found: an id, none, or one that is no id. */
export type FoundDeliveryId = { readonly id: string | undefined } | { readonly cause: string };

/** Reads the id of a delivery whose signature is right: only then its body is parsed. */
export async function findDeliveryId(
  { headers, body }: ReceivedRequest,
  source: DeliveryIdSource | undefined,
): Promise<FoundDeliveryId> {
  if (source === undefined) return { id: undefined };
  if (source === "digest") return { id: await sha256Hex(body) };
  const id = "header" in source ? headers.get(source.header) ?? undefined : fieldOf(body, source.field);
  if (!id || ID.test(id)) return { id: id || undefined };
  const where = "header" in source ? `header '${source.header}'` : `field '${source.field}'`;
  return { cause: `the ${where} is no id: up to 256 visible ASCII characters are expected` };
}

function fieldOf(body: Uint8Array<ArrayBuffer>, path: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined; // The handler refuses the body, and says why.
  }
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "string" || Number.isSafeInteger(value) ? String(value) : undefined;
}
