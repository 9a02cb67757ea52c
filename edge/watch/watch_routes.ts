import type { EdgeContext } from "../context.ts";
import { type App, createApp } from "../create_app.ts";
import { STREAM_LIFETIME_MS, streamSlots } from "./stream_slots.ts";

/** No store takes any text in a key: what can be no id of a batch is as one that no batch has. */
const batchIdOf = (id = ""): string => /^[\w-]{1,99}$/.test(id) ? id : "none";

/**
 * All that shows batches: JSON, events, results, the pages, and the decision on a doubt. What answers is loaded when it
 * is first asked for: a sender needs none of it.
 */
export function watchRoutes(context: EdgeContext): App {
  const app = createApp();
  const takeSlot = streamSlots({
    maxOpen: context.limits.maxOpenStreams,
    lifetimeMs: 2 * STREAM_LIFETIME_MS,
    clock: context.clock,
  });

  app.get("/", async ({ req }) => {
    const { operatorAnswer } = await import("./operator_answer.ts");
    return await operatorAnswer(context, req.raw);
  });
  for (const path of ["", "/view", "/events", "/results.json", "/results.csv"] as const) {
    app.get(`/batches/:id${path}`, async ({ req }) => {
      const { answerBatch } = await import("./answer_batch.ts");
      return await answerBatch({ context, takeSlot }, req.raw, batchIdOf(req.param("id")), path);
    });
  }
  app.post("/batches/:id/decision", async ({ req }) => {
    const { decisionAnswer } = await import("./decision_answer.ts");
    return await decisionAnswer(context, req.raw, batchIdOf(req.param("id")));
  });
  return app;
}
