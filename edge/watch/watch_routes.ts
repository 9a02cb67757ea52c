import type { EdgeContext } from "../context.ts";
import type { Route } from "../routes.ts";
import { STREAM_LIFETIME_MS, streamSlots } from "./stream_slots.ts";

/** No store takes any text in a key: what can be no id of a batch is as one that no batch has. */
const batchIdOf = (id: string): string => /^[\w-]{1,99}$/.test(id) ? id : "none";

/**
 * All that shows batches: JSON, events, results, the pages, and the decision on a doubt. What answers is loaded when it
 * is first asked for: a sender needs none of it.
 */
export function watchRoutes(context: EdgeContext): Route[] {
  const takeSlot = streamSlots({
    maxOpen: context.limits.maxOpenStreams,
    lifetimeMs: 2 * STREAM_LIFETIME_MS,
    clock: context.clock,
  });
  const ofBatch = ["", "/view", "/events", "/results.json", "/results.csv"] as const;
  return [
    {
      method: "GET",
      path: "/",
      async answer(request) {
        const { operatorAnswer } = await import("./operator_answer.ts");
        return await operatorAnswer(context, request);
      },
    },
    ...ofBatch.map((path): Route => ({
      method: "GET",
      path: `/batches/:id${path}`,
      async answer(request, id) {
        const { answerBatch } = await import("./answer_batch.ts");
        return await answerBatch({ context, takeSlot }, request, batchIdOf(id), path);
      },
    })),
    {
      method: "POST",
      path: "/batches/:id/decision",
      async answer(request, id) {
        const { decisionAnswer } = await import("./decision_answer.ts");
        return await decisionAnswer(context, request, batchIdOf(id));
      },
    },
  ];
}
