/**
 * Holds the imports of each module against the directions that the layout allows, and fails where one points
 * the other way. Part of `deno task check`.
 */
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";

const ROOT = new URL("../", import.meta.url);

/** What the modules below a path may import: paths of the project, and packages. */
interface Zone {
  path: string;
  mayImport: readonly string[];
  packages: readonly string[];
  /** Whether it may use `node:` and `Deno.`. */
  isBoundToRuntime?: boolean;
}

const BASE = ["src/base/", "src/errors/", "src/version.ts"];
/** Spans and measurements: of no use to a caller, and so no part of `mod.ts`. */
const TELEMETRY = "src/telemetry/";
/** What is portable of the stores; the file store is an entry of its own. */
const STORE = ["src/store/memory_store.ts", "src/store/store.ts"];
const CLIENT_PARTS = ["src/auth/", "src/tasks/", "src/functions/", "src/endpoints/"];

/** What runs the handler somewhere, and what only they use. */
const DEPLOYABLES = [
  "edge/cloudflare.ts",
  "edge/configuration.ts",
  "edge/deno.ts",
  "edge/hooks.ts",
  "edge/read_variables.ts",
  "edge/server.ts",
];

const ZONES: readonly Zone[] = [
  { path: "gen/", mayImport: [], packages: [] },
  { path: "src/base/", mayImport: ["src/base/"], packages: [] },
  { path: "src/version.ts", mayImport: [], packages: [] },
  { path: "src/errors/", mayImport: ["src/errors/"], packages: [] },
  { path: TELEMETRY, mayImport: [...BASE, TELEMETRY], packages: ["@opentelemetry/api"] },
  { path: "src/wire/", mayImport: [...BASE, "src/wire/", "gen/"], packages: [] },
  {
    path: "src/http/",
    mayImport: [...BASE, ...STORE, TELEMETRY, "src/wire/", "src/http/", "gen/"],
    packages: ["openapi-fetch"],
  },
  ...STORE.map((path) => ({ path, mayImport: ["src/base/", ...STORE], packages: [] })),
  { path: "src/store/", mayImport: ["src/base/", "src/store/"], packages: [], isBoundToRuntime: true },
  ...CLIENT_PARTS.map((path) => ({
    path,
    mayImport: [...BASE, ...STORE, "src/wire/", "src/http/", ...CLIENT_PARTS],
    packages: path === "src/auth/" ? ["jose", "oauth4webapi"] : [],
  })),
  {
    path: "src/login/",
    mayImport: [...BASE, "src/wire/", "src/http/", "src/auth/", "src/login/", "src/store/file_system.ts"],
    packages: ["oauth4webapi"],
    isBoundToRuntime: true,
  },
  {
    path: "src/local/",
    mayImport: [...BASE, "src/wire/", "src/http/clock.ts", "src/auth/verify_jwt.ts", "src/local/", "gen/"],
    packages: ["jose", "hono", "@hono/node-server", "valibot"],
    isBoundToRuntime: true,
  },
  {
    path: "src/cli/",
    mayImport: [
      "mod.ts",
      "src/base/",
      "edge/results/write_readable.ts",
      "src/version.ts",
      "src/wire/packed_buffers.ts",
      "src/login/",
      "src/local/",
      "src/store/",
      "src/cli/",
    ],
    packages: ["@optique/core", "cli-progress", "csv-parse", "openapi-typescript", "yaml"],
    isBoundToRuntime: true,
  },
  // The one part of the client that is not in `mod.ts`, as few callers check JWTs.
  {
    path: "edge/verify/verify_by_key_set.ts",
    mayImport: ["mod.ts", "edge/", "src/auth/verify_jwt.ts"],
    packages: ["jose"],
  },
  ...DEPLOYABLES.map((path) => ({
    path,
    mayImport: ["mod.ts", "edge/", "src/base/", "src/store/"],
    packages: ["@hono/node-server", "valibot"],
    isBoundToRuntime: true,
  })),
  {
    path: "edge/",
    mayImport: ["mod.ts", "edge/", "gen/edge_", "src/base/", TELEMETRY],
    packages: ["hono", "jose"],
  },
  {
    path: "mod.ts",
    mayImport: [...BASE, ...STORE, TELEMETRY, "src/http/", "src/wire/", ...CLIENT_PARTS],
    packages: [],
  },
];

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*"([^"]+)"|(?:^|[^\w.])import\s*\(?\s*"([^"]+)"/g;

async function main(): Promise<void> {
  const files = [
    "mod.ts",
    ...await modulesBelow("src/"),
    ...await modulesBelow("edge/"),
    ...await modulesBelow("gen/"),
  ];
  const problems = (await Promise.all(files.map(problemsOf))).flat();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.stdout.write(`${files.length} modules, ${problems.length} imports in a wrong direction\n`);
  if (problems.length > 0) process.exitCode = 1;
}

async function modulesBelow(folder: string): Promise<string[]> {
  const names = await readdir(new URL(folder, ROOT), { recursive: true });
  return names.filter((name) => name.endsWith(".ts")).map((name) => folder + name).sort();
}

async function problemsOf(file: string): Promise<string[]> {
  const zone = ZONES.find(({ path }) => file.startsWith(path));
  if (!zone) return [`${file}: it is in no zone of the layout; put it into scripts/check_imports.ts`];
  const code = withoutComments(await readFile(new URL(file, ROOT), "utf8"));
  const problems: string[] = [];
  for (const [, from, bare] of code.matchAll(IMPORT)) {
    const specifier = (from ?? bare) as string;
    if (!isAllowed(zone, file, specifier)) problems.push(`${file}: it may not import ${specifier}`);
  }
  if (!zone.isBoundToRuntime && /\bDeno\./.test(code)) problems.push(`${file}: it may not use Deno`);
  return problems;
}

function isAllowed(zone: Zone, file: string, specifier: string): boolean {
  if (specifier.startsWith("node:")) return zone.isBoundToRuntime === true;
  if (specifier.startsWith(".")) {
    const target = new URL(specifier, new URL(file, ROOT)).href.slice(ROOT.href.length);
    return zone.mayImport.some((path) => target.startsWith(path));
  }
  return zone.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*/g, "");
}

main();
