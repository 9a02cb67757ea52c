/**
 * The order of the house: which files belong together, and which others each may import. A zone may import itself and
 * zones further up in this table only, so the table reads from the ground to the roof.
 */
export interface Zone {
  /** Start of the paths of its files; the first zone that fits a file has it. */
  paths: readonly string[];
  /** Starts of paths of other zones, further up in the table, that it may import. */
  mayImport: readonly string[];
  /** Zones of the same height, which it may import as long as they make no circle. */
  beside?: readonly string[];
  packages?: readonly string[];
  /** Whether it may use `node:` and `Deno.`. */
  isBoundToRuntime?: boolean;
}

const BASE = ["src/base/", "src/version.ts", "src/errors/"];
const TELEMETRY = "src/telemetry/";
/** What is portable of the stores; that of SQLite is an entry of its own. */
const STORE = ["checked_store", "memory_store", "store", "writes"].map((name) => `src/store/${name}.ts`);
const CLIENT = ["src/auth/", "src/functions/", "src/endpoints/", "src/tasks/"];

/**
 * What the rooms of `edge/` take from the rest: types of the client, and what of it runs from its own file, as the start
 * would carry all that `mod.ts` names.
 */
const EDGE_GROUND = [
  "mod.ts",
  "src/base/",
  "src/errors/",
  "src/http/client.ts",
  "src/http/environment.ts",
  "src/http/limiter.ts",
  "src/store/checked_store.ts",
  "src/store/writes.ts",
  "src/tasks/batch_run_journaled.ts",
  "src/tasks/get_batch_result.ts",
  "src/tasks/get_task_group.ts",
  "src/tasks/prepare_batch.ts",
  "src/wire/values/",
  TELEMETRY,
];
const EDGE_CORE = [
  "edge/check_address.ts",
  "edge/check_options.ts",
  "edge/context.ts",
  "edge/event.ts",
  "edge/event_line.ts",
  "edge/hook.ts",
  "edge/in_parallel.ts",
  "edge/is_public_address.ts",
  "edge/json_bytes.ts",
  "edge/lane.ts",
  "edge/options.ts",
  "edge/problem.ts",
  "edge/requests.ts",
  "edge/resolve_over_https.ts",
  "edge/routes.ts",
  "edge/standard_schema.ts",
  "edge/unstored_results.ts",
];
const EDGE_LOW = [...EDGE_CORE, "edge/verify/", "edge/records/", "edge/results/"];
const EDGE_UPPER = ["edge/receive/", "edge/collect/", "edge/watch/"];
const EDGE_TOP = [
  "edge/collector.ts",
  "edge/create_context.ts",
  "edge/handler.ts",
  "edge/health_routes.ts",
  "edge/mod.ts",
];
const EDGE_DEPLOY = [
  "edge/cloudflare.ts",
  "edge/configuration.ts",
  "edge/deno.ts",
  "edge/hooks.ts",
  "edge/read_variables.ts",
  "edge/server.ts",
];

export const ZONES: readonly Zone[] = [
  { paths: ["gen/"], mayImport: [] },
  { paths: ["src/version.ts"], mayImport: [] },
  { paths: ["src/base/"], mayImport: [] },
  { paths: ["src/errors/"], mayImport: ["src/base/"] },
  { paths: [TELEMETRY], mayImport: BASE, packages: ["@opentelemetry/api"] },
  { paths: ["src/wire/"], mayImport: [...BASE, "gen/"] },
  { paths: STORE, mayImport: ["src/base/"] },
  { paths: ["src/store/"], mayImport: ["src/base/", ...STORE], isBoundToRuntime: true },
  {
    paths: ["src/http/"],
    mayImport: [...BASE, ...STORE, TELEMETRY, "src/wire/", "gen/"],
    packages: ["openapi-fetch"],
  },
  ...CLIENT.map((path) => ({
    paths: [path],
    mayImport: [...BASE, ...STORE, "src/wire/", "src/http/"],
    beside: CLIENT,
    packages: path === "src/auth/" ? ["jose", "oauth4webapi"] : [],
  })),
  {
    paths: ["src/login/"],
    mayImport: [...BASE, "src/wire/", "src/http/", "src/auth/"],
    packages: ["oauth4webapi"],
    isBoundToRuntime: true,
  },
  {
    paths: ["src/local/"],
    mayImport: [...BASE, "src/wire/", "gen/"],
    packages: ["jose", "hono", "@hono/node-server", "valibot"],
    isBoundToRuntime: true,
  },
  { paths: ["mod.ts"], mayImport: [...BASE, ...STORE, TELEMETRY, "src/wire/", "src/http/", ...CLIENT] },
  { paths: EDGE_CORE, mayImport: EDGE_GROUND, packages: ["hono"] },
  {
    paths: ["edge/verify/"],
    mayImport: [...EDGE_GROUND, "src/auth/jwt_rules.ts", "src/auth/verify_jwt.ts", ...EDGE_CORE],
    packages: ["jose"],
  },
  { paths: ["edge/records/"], mayImport: [...EDGE_GROUND, ...EDGE_CORE] },
  { paths: ["edge/results/"], mayImport: [...EDGE_GROUND, ...EDGE_CORE, "edge/records/"] },
  { paths: ["edge/stores/"], mayImport: [...EDGE_GROUND, ...EDGE_CORE, ...STORE] },
  { paths: ["edge/deliver/"], mayImport: [...EDGE_GROUND, ...EDGE_LOW] },
  { paths: ["edge/submit/"], mayImport: [...EDGE_GROUND, ...EDGE_LOW, "edge/deliver/"] },
  ...EDGE_UPPER.map((path) => ({
    paths: [path],
    mayImport: [
      ...EDGE_GROUND,
      ...EDGE_LOW,
      "edge/deliver/",
      "edge/submit/",
      "gen/edge_",
    ],
    beside: EDGE_UPPER,
    packages: ["hono", "jose"],
  })),
  {
    paths: EDGE_TOP,
    mayImport: [
      ...EDGE_GROUND,
      ...EDGE_LOW,
      "edge/stores/",
      "edge/deliver/",
      "edge/submit/",
      ...EDGE_UPPER,
    ],
  },
  {
    paths: EDGE_DEPLOY,
    mayImport: ["mod.ts", "src/base/", "src/store/", ...EDGE_TOP, ...EDGE_LOW, "edge/stores/"],
    packages: ["@hono/node-server", "valibot"],
    isBoundToRuntime: true,
  },
  {
    paths: ["src/cli/"],
    mayImport: [
      "mod.ts",
      "edge/results/write_readable.ts",
      "src/version.ts",
      "src/base/",
      "src/wire/packed_buffers.ts",
      "src/login/",
      "src/local/",
      "src/store/",
    ],
    packages: ["@optique/core", "cli-progress", "csv-parse", "openapi-typescript", "yaml"],
    isBoundToRuntime: true,
  },
];
