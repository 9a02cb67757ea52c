import { Hono } from "hono";
import * as v from "valibot";
import { packBuffers } from "../wire/packed_buffers.ts";
import { MAX_SUBMISSION_BYTES } from "./constants.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState, StoredFunction } from "./state.ts";
import { readBody, readPathId, uuidSchema } from "./validate.ts";

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
    // Since 4.19.0 the Python client sends bare source: an envelope is made of it before a worker sees it.
    const packedCode = body.serialized === false
      ? packBuffers([`st\n${body.function_name}:${body.function_code}`])
      : body.function_code;
    const { python_version, sdk_version } = body.meta;
    return c.json({ function_uuid: store(state, body, packedCode, { python_version, sdk_version }) });
  });

  app.post("/v2/functions", async (c) => {
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

function store(
  state: ServiceState,
  body: { function_name: string; function_code: string; description?: string | null | undefined },
  packedCode: string,
  metadata: StoredFunction["metadata"],
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
  });
  return functionId;
}

function find(state: ServiceState, functionId: string): StoredFunction {
  const found = state.functions.get(functionId);
  if (found !== undefined) return found;
  throw serviceError("FUNCTION_NOT_FOUND", `Function ${functionId} could not be resolved`, [functionId]);
}
