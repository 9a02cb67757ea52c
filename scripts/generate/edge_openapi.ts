import { generateSpecs } from "hono-openapi";
import manifest from "../../deno.json" with { type: "json" };
import { describeEdgeRoutes } from "./edge_routes.ts";

/**
 * The OpenAPI document of the edge handler as a module: made here, so that nothing that makes it is in the bundle.
 * Where the handler is reached is put into it when it is asked for.
 */
export async function edgeOpenapiModule(): Promise<string> {
  const document = await generateSpecs(describeEdgeRoutes(), {
    excludeStaticFile: false,
    documentation: {
      openapi: "3.1.0",
      info: {
        title: "Globus Compute, started by webhooks",
        version: manifest.version,
        description: "A signed webhook becomes a batch of tasks, once; its sender can watch it.",
        license: { name: manifest.license, identifier: manifest.license },
      },
      servers: [{ url: "/" }],
      tags: ["hooks", "batches", "pages", "service"].map((name) => ({ name })),
      components: {
        securitySchemes: {
          link: {
            type: "apiKey",
            in: "query",
            name: "capability",
            description: "The capability in a batch's link: signed, for this batch alone, until it expires.",
          },
          bearer: {
            type: "http",
            scheme: "bearer",
            description: "The same capability, or what lets a viewer or operator in.",
          },
          basic: {
            type: "http",
            scheme: "basic",
            description: "For browsers: the password is an operator's or viewer's token; any name will do.",
          },
        },
      },
    },
  });
  return `export const edgeOpenapi: string = ${JSON.stringify(JSON.stringify(document))};\n`;
}
