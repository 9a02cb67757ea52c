import { Hono } from "hono";
import * as v from "valibot";
import { packBuffers } from "../wire/packed_buffers.ts";
import { HA_WARNING, MAX_SUBMISSION_BYTES } from "./constants.ts";
import { endpointForbidden } from "./endpoint_lookup.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredFunction } from "./state.ts";
import { readBody, readPathId, requireHeader, uuidSchema } from "./validate.ts";

const registrationV3 = v.object({
  function_name: v.string(),
  function_code: v.string(),
  description: v.nullish(v.string()),
  meta: v.object({
    python_version: v.string(),
    sdk_version: v.string(),
    serde_identifier: v.nullish(v.string()),
  }),
  group: v.nullish(uuidSchema),
  public: v.nullish(v.boolean()),
  ha_endpoint_id: v.nullish(uuidSchema),
  serialized: v.nullish(v.boolean()),
});

const registrationV2 = v.object({
  function_name: v.string(),
  function_code: v.string(),
  description: v.nullish(v.string()),
  metadata: v.nullish(v.object({
    python_version: v.nullish(v.string()),
    sdk_version: v.nullish(v.string()),
  })),
  group: v.nullish(uuidSchema),
  public: v.nullish(v.boolean()),
});

/** Registering functions, reading them and deleting them. */
export function functionRoutes(state: ServiceState): Hono {
  const app = new Hono();

  app.post("/v3/functions", async (c) => {
    const body = await readBody(c, registrationV3);
    const haEndpointId = body.ha_endpoint_id ?? undefined;
    if (haEndpointId !== undefined) checkHighAssurance(state, haEndpointId, body);
    // Since 4.19.0 the Python client sends bare source: an envelope is made of it before a worker sees it.
    const packedCode = body.serialized === false
      ? packBuffers([`st\n${body.function_name}:${body.function_code}`])
      : body.function_code;
    const { python_version, sdk_version } = body.meta;
    return c.json({
      function_uuid: store(state, body, packedCode, { python_version, sdk_version }, haEndpointId),
      ...(haEndpointId === undefined ? {} : { ha_warning: HA_WARNING }),
    });
  });

  app.post("/v2/functions", async (c) => {
    requireHeader(c, "user-agent");
    const body = await readBody(c, registrationV2);
    const { python_version, sdk_version } = body.metadata ?? {};
    return c.json({
      function_uuid: store(state, body, body.function_code, {
        ...(python_version ? { python_version } : {}),
        ...(sdk_version ? { sdk_version } : {}),
      }),
    });
  });

  app.get("/v2/functions/:function_uuid", (c) => {
    const stored = find(state, readPathId(c, "function_uuid"));
    return c.json({
      function_uuid: stored.functionId,
      function_name: stored.name,
      ...(stored.description === undefined ? {} : { description: stored.description }),
      function_code: stored.code,
      metadata: stored.metadata,
    });
  });

  app.delete("/v2/functions/:function_uuid", (c) => {
    state.functions.delete(find(state, readPathId(c, "function_uuid")).functionId);
    return c.json({ result: 302 });
  });

  return app;
}

/** A function can be bound to a high assurance endpoint of one's own, and is then shared with nobody. */
function checkHighAssurance(
  state: ServiceState,
  endpointId: string,
  body: { group?: string | null | undefined; public?: boolean | null | undefined },
): void {
  const contradiction = body.group ? "group" : body.public ? "public" : undefined;
  if (contradiction !== undefined) {
    throw serviceError(
      "SEMANTICALLY_INVALID",
      `Request payload failed validation: ha_endpoint_id does not go with ${contradiction}`,
    );
  }
  if (state.endpoints.get(endpointId)?.isHighAssurance) return;
  throw endpointForbidden(endpointId, `Endpoint ${endpointId} is no high assurance endpoint of yours`);
}

function store(
  state: ServiceState,
  body: { function_name: string; function_code: string; description?: string | null | undefined },
  packedCode: string,
  metadata: StoredFunction["metadata"],
  haEndpointId?: string,
): string {
  if (packedCode.length > MAX_SUBMISSION_BYTES) {
    const sizes = [packedCode.length, MAX_SUBMISSION_BYTES];
    throw serviceError("FUNCTION_TOO_LARGE", `Function of ${sizes[0]} characters exceeds ${sizes[1]}`, sizes);
  }
  const functionId = crypto.randomUUID();
  state.functions.set(functionId, {
    functionId,
    name: body.function_name,
    ...(body.description ? { description: body.description } : {}),
    code: body.function_code,
    packedCode,
    metadata,
    ...(haEndpointId === undefined ? {} : { haEndpointId }),
  });
  return functionId;
}

function find(state: ServiceState, functionId: string): StoredFunction {
  const found = state.functions.get(functionId);
  if (found !== undefined) return found;
  throw serviceError("FUNCTION_NOT_FOUND", `Function ${functionId} could not be resolved`, [functionId]);
}
