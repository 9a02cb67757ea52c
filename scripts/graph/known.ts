/** Imports that are known to point up or to close a circle. The list may only get shorter. */
export const KNOWN_ARROWS: readonly string[] = [
  "edge/check_options.ts -> edge/verify/is_safe_url.ts",
  "edge/deliver/deliver_page.ts -> edge/watch/batch_link.ts",
  "edge/deliver/plan_pages.ts -> edge/watch/batch_link.ts",
  "edge/deliver/deliver_status.ts -> edge/watch/batch_link.ts",
  "edge/hook.ts -> edge/verify/verifier.ts",
  "edge/options.ts -> edge/verify/verifier.ts",
  "edge/results/readable_value.ts -> edge/results/write_readable.ts",
  "edge/verify/read_jwt_options.ts -> edge/verify/jwt_bearer.ts",
  "edge/watch/decision_answer.ts -> edge/receive/read_body.ts",
  "edge/watch/decision_answer.ts -> edge/receive/refusal.ts",
  "src/http/warning.ts -> src/http/client.ts",
  "src/local/auth/trusted_issuer.ts -> src/auth/verify_jwt.ts",
  "src/telemetry/telemetry.ts -> src/telemetry/open_telemetry.ts",
  "src/wire/pickled_value.ts -> src/wire/on_demand.ts",
  "src/wire/values/python_object.ts -> src/wire/values/python_value.ts",
];

/** Names that two files or more are known to export. The list may only get shorter. */
export const KNOWN_NAMES: readonly string[] = [
  "COMPUTE_RESOURCE_SERVER",
  "COMPUTE_SCOPE",
  "Grant",
  "Place",
  "StoredFunction",
  "logout",
  "outcomesOf",
  "readBody",
  "readForm",
  "readRecord",
  "refuse",
  "requestToken",
  "revokeTokens",
];
