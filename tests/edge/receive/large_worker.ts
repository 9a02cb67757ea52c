/** A Worker with one hook for GitHub, for a test that limits its memory: it answers how many commits the hook has seen. */
import { accessToken, memoryStore } from "../../../mod.ts";
import { createEdgeHandler, type EdgeHandler, github } from "../../../edge/mod.ts";

const ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";
let handler: EdgeHandler | undefined;
let commits = 0;

function start(): EdgeHandler {
  return createEdgeHandler({
    baseUrl: "https://hooks.example.org",
    store: memoryStore(),
    linkSecrets: ["a".repeat(32)],
    authorizer: accessToken("a-token-that-is-never-sent"),
    hooks: {
      push: {
        verify: github({ secrets: ["It's a Secret to Everybody"], events: ["push"] }),
        endpoints: [ID],
        functions: [ID],
        batch(event) {
          commits = (event as { commits: unknown[] }).commits.length;
          return undefined;
        },
      },
    },
  });
}

export default {
  async fetch(request: Request): Promise<Response> {
    handler ??= start();
    const { status } = await handler(request);
    return Response.json({ status, commits });
  },
};
