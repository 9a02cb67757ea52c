// First: see `handler.ts`.
import { openapiAnswer } from "./watch/openapi_answer.ts";
import type { EdgeContext } from "./context.ts";
import { type App, createApp } from "./create_app.ts";
import { problemResponse } from "./problem.ts";
import { readiness } from "./readiness.ts";

const RETRY_AFTER_SECONDS = 5;

/** What the handler says of itself: its API, whether it runs, and whether it could take a delivery. */
export function healthRoutes(context: EdgeContext): App {
  const app = createApp();
  const isReady = readiness(context);
  app.get("/openapi.json", () => openapiAnswer(context));
  app.get("/livez", () => healthy());
  app.get("/readyz", async () => {
    if (await isReady()) return healthy();
    return problemResponse({
      status: 503,
      type: "not-ready",
      title: "The store cannot be written",
      headers: { "retry-after": String(RETRY_AFTER_SECONDS) },
    });
  });
  return app;
}

function healthy(): Response {
  return Response.json({ status: "pass" }, {
    headers: { "content-type": "application/health+json", "cache-control": "no-store" },
  });
}
