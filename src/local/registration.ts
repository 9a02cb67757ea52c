import * as v from "valibot";
import { MIN_VERSION } from "./constants.ts";
import { serviceError } from "./service_error.ts";
import type { ServiceState } from "./state.ts";
import { dictionary, uuidSchema } from "./validate.ts";

const text = v.nullish(v.string());

/** What an endpoint says of itself. Endpoint programs send null for what they do not have. */
const metadata = v.object({
  config: v.nullish(dictionary(v.string(), v.unknown())),
  endpoint_config: text,
  user_config_template: text,
  user_config_schema: v.nullish(dictionary(v.string(), v.unknown())),
  description: text,
  ip_address: text,
  hostname: text,
  local_user: text,
  sdk_version: text,
  endpoint_version: text,
  python_version: text,
});

const common = {
  endpoint_name: v.string(),
  display_name: text,
  version: text,
  multi_user: v.nullish(v.boolean()),
  allowed_functions: v.nullish(v.array(uuidSchema)),
  authentication_policy: v.nullish(uuidSchema),
};

/** The body of a registration, as of today. */
export const registrationV3 = v.object({
  ...common,
  high_assurance: v.nullish(v.boolean()),
  subscription_uuid: v.nullish(uuidSchema),
  admins: v.nullish(v.array(uuidSchema)),
  public: v.nullish(v.boolean()),
  metadata,
});

/** The body of a registration in the old form. */
export const registrationV2 = v.object({
  ...common,
  endpoint_uuid: uuidSchema,
  metadata: v.nullish(metadata),
});

type Common = Omit<v.InferOutput<typeof registrationV3>, "metadata">;

/** What is taken over from a body of either form. */
export interface Settings extends Common {
  metadata?: Record<string, unknown> | null | undefined;
}

/**
 * Refuses a registration.
 *
 * @throws `ENDPOINT_OUTDATED`, where the program is too old, or `FUNCTION_NOT_FOUND`.
 */
export function checkRegistration(state: ServiceState, body: v.InferOutput<typeof registrationV3>): void {
  const version = body.metadata.endpoint_version ?? body.version ?? MIN_VERSION;
  if (isOlder(version, MIN_VERSION)) {
    throw serviceError("ENDPOINT_OUTDATED", `Endpoints need version ${MIN_VERSION} or newer`, [MIN_VERSION]);
  }
  for (const functionId of body.allowed_functions ?? []) {
    if (state.functions.has(functionId)) continue;
    throw serviceError("FUNCTION_NOT_FOUND", `Function ${functionId} could not be resolved`, [functionId]);
  }
}

/** Compares releases by their numbers alone. */
function isOlder(version: string, least: string): boolean {
  const [ours, theirs] = [version, least].map((text) => text.split(".").map((part) => parseInt(part) || 0));
  const index = theirs?.findIndex((part, i) => part !== (ours?.[i] ?? 0)) ?? -1;
  return index >= 0 && (ours?.[index] ?? 0) < (theirs?.[index] ?? 0);
}
