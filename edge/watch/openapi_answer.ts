import type { EdgeContext } from "../context.ts";

/** The document of all routes, made ahead of time; where it is reached is known here. */
export async function openapiAnswer({ baseUrl }: EdgeContext): Promise<Response> {
  const { edgeOpenapi } = await import("../../gen/edge_openapi.ts");
  const document = JSON.parse(edgeOpenapi) as Record<string, unknown>;
  return Response.json({ ...document, servers: [{ url: baseUrl }] }, {
    headers: {
      "cache-control": "public, max-age=300",
      "x-content-type-options": "nosniff",
      "access-control-allow-origin": "*",
    },
  });
}
