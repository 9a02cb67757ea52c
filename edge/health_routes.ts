import type { EdgeContext } from "./context.ts";
import { type App, createApp } from "./create_app.ts";
import { problemResponse } from "./problem.ts";

const READY_TIMEOUT_MS = 5_000;

/** Whether the handler runs, and whether it could take a delivery. */
export function healthRoutes(context: EdgeContext): App {
  const app = createApp();
  app.get("/livez", () => healthy());
  app.get("/readyz", async () => {
    const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
    try {
      await Promise.race([context.store.get("edge/ready"), aborted(signal)]);
      return healthy();
    } catch (error) {
      context.tell({
        kind: "deliveryRefused",
        hook: undefined,
        status: 503,
        cause: "the store does not answer",
        error,
      });
      return problemResponse({ status: 503, type: "not-ready", title: "The store does not answer" });
    }
  });
  return app;
}

function healthy(): Response {
  return Response.json({ status: "pass" }, {
    headers: { "content-type": "application/health+json", "cache-control": "no-store" },
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
