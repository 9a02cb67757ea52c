import { edgeOpenapi } from "../../gen/edge_openapi.ts";
import type { EdgeContext } from "../context.ts";

/** The document of all routes, made ahead of time; where it is reached is known here. */
export function openapiAnswer({ baseUrl }: EdgeContext): Response {
  const document = JSON.parse(edgeOpenapi) as Record<string, unknown>;
  return Response.json({ ...document, servers: [{ url: baseUrl }] }, {
    headers: {
      "cache-control": "public, max-age=300",
      "x-content-type-options": "nosniff",
      "access-control-allow-origin": "*",
    },
  });
}
