import { Refusal } from "./refusal.ts";

const RETRY_AFTER_SECONDS = 2;

/** The delivery is with somebody else, or with the same process and an earlier request. */
export function underWay(): Refusal {
  return new Refusal({
    status: 409,
    type: "delivery-under-way",
    title: "The delivery is being handled",
    detail: "Send it again to hear what became of it",
    headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
  });
}
