import type { EdgeContext } from "../context.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { type BatchSummary, batchSummary } from "./batch_summary.ts";
import { nameOfVerifier } from "./name_of_verifier.ts";
import { batchAddresses } from "./batch_addresses.ts";

/** The hooks and a part of the batches, as `GET /` shows them to a program of an operator. */
export interface ListDocument {
  hooks: { name: string; verifier?: string; endpoints: readonly string[]; functions: readonly string[] }[];
  batches: (BatchSummary & { links: { self: string; view: string } })[];
  links: { self: string; next?: string };
}

/** Makes the document. */
export function listDocument(
  { hooks, baseUrl }: EdgeContext,
  batches: readonly BatchRecord[],
  { self, next }: { self: string; next: string | undefined },
): ListDocument {
  return {
    hooks: [...hooks].map(([name, { verify, endpoints, functions }]) => {
      const verifier = nameOfVerifier(verify);
      return { name, ...(verifier === undefined ? {} : { verifier }), endpoints, functions };
    }),
    batches: batches.map((record) => {
      const addresses = batchAddresses(baseUrl, record.id, undefined);
      return { ...batchSummary(record), links: { self: addresses.self(), view: addresses.view() } };
    }),
    links: { self, ...(next === undefined ? {} : { next }) },
  };
}
