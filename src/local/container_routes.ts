import { Hono } from "hono";
import * as v from "valibot";
import { serviceError } from "./service_error.ts";
import { readBody, readPathId } from "./validate.ts";

const registration = v.object({
  name: v.string(),
  description: v.nullish(v.string()),
  type: v.picklist(["docker", "singularity"]),
  location: v.string(),
});

const build = v.object({
  name: v.string(),
  description: v.nullish(v.string()),
  apt: v.array(v.string()),
  pip: v.array(v.string()),
  conda: v.array(v.string()),
  payload_url: v.nullish(v.pipe(v.string(), v.url())),
});

/** The routes of containers, as they are to somebody without the permission to use them. */
export function containerRoutes(): Hono {
  const app = new Hono();
  app.post("/v2/containers", async (c) => {
    await readBody(c, registration);
    throw notPermitted();
  });
  app.post("/v2/containers/build", async (c) => {
    await readBody(c, build);
    throw notPermitted();
  });
  for (
    const path of ["/v2/containers/build/:container_uuid", "/v2/containers/:container_uuid/:container_type"]
  ) {
    app.get(path, (c) => {
      readPathId(c, "container_uuid");
      throw notPermitted();
    });
  }
  return app;
}

function notPermitted(): Error {
  return serviceError("CONTAINER_SERVICE_NOT_PERMITTED", "The container service is not permitted to you", [
    "",
  ]);
}
