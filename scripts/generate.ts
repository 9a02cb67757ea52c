/**
 * Makes `gen/` from its sources: `deno task generate [file or URL] [--check]`.
 *
 * - `gen/compute.ts` from the OpenAPI document (`openapi/compute.yaml`, or the one that is named);
 * - `gen/worker.ts` from `src/local/worker.py`, as neither npm nor JSR carries a Python file that can be imported;
 * - `gen/edge_page.ts` from the style and the script in `edge/watch/page`, with their hashes;
 * - `gen/edge_openapi.ts`, the document of the edge handler, from the descriptions in `scripts/generate`.
 *
 * `--check` writes nothing and fails where `gen/` differs. Runs on Deno and, through tsx, on Node.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import process from "node:process";
import { edgeOpenapiModule } from "./generate/edge_openapi.ts";
import { edgePageModule } from "./generate/edge_page.ts";
import { computeTypes, firstLine, readDocument } from "../src/cli/compute_types.ts";
import { UsageError } from "../src/cli/usage_error.ts";
import { isRecord } from "../src/base/narrow.ts";

const ROOT = new URL("../", import.meta.url);
const DOCUMENT = "openapi/compute.yaml";
const FETCH_TIMEOUT_MS = 30_000;

/** The routes that the client calls: a document without one of them would give a client that cannot work. */
const ROUTES: readonly (readonly [method: string, path: string])[] = [
  ["post", "/v2/batch_status"],
  ["get", "/v2/endpoints"],
  ["get", "/v2/endpoints/{endpoint_uuid}"],
  ["get", "/v2/endpoints/{endpoint_uuid}/status"],
  ["delete", "/v2/functions/{function_uuid}"],
  ["get", "/v2/functions/{function_uuid}"],
  ["get", "/v2/taskgroup/{task_group_uuid}"],
  ["get", "/v2/tasks/{task_uuid}"],
  ["get", "/v2/version"],
  ["post", "/v3/endpoints"],
  ["delete", "/v3/endpoints/{endpoint_uuid}"],
  ["put", "/v3/endpoints/{endpoint_uuid}"],
  ["get", "/v3/endpoints/{endpoint_uuid}/allowed_functions"],
  ["post", "/v3/endpoints/{endpoint_uuid}/lock"],
  ["post", "/v3/endpoints/{endpoint_uuid}/submit"],
  ["post", "/v3/functions"],
];

async function main(args: readonly string[]): Promise<void> {
  const isCheck = args.includes("--check");
  const [source = DOCUMENT, ...rest] = args.filter((arg) => arg !== "--check");
  const unknown = source.startsWith("-") ? source : rest[0];
  if (unknown !== undefined) {
    throw new UsageError(`Unknown argument '${unknown}': generate [file or URL] [--check]`);
  }
  // All is made before anything is written, so that a bad document leaves gen/ as it was.
  const files: [name: string, text: string][] = [
    ["gen/compute.ts", header("the OpenAPI document") + await clientTypes(source)],
    ["gen/worker.ts", await workerModule()],
    ["gen/edge_page.ts", header("edge/watch/page") + await edgePageModule()],
    ["gen/edge_openapi.ts", header("scripts/generate/edge_routes.ts") + await edgeOpenapiModule()],
  ];
  for (const [name, text] of files) {
    if (await readIfThere(new URL(name, ROOT)) === text) continue;
    if (isCheck) {
      throw new UsageError(`${name} differs from its source: run 'deno task generate' and commit it`);
    }
    await mkdir(new URL("gen/", ROOT), { recursive: true });
    await writeFile(new URL(`${name}.new`, ROOT), text);
    await rename(new URL(`${name}.new`, ROOT), new URL(name, ROOT));
    process.stdout.write(`wrote ${name}\n`);
  }
}

async function clientTypes(source: string): Promise<string> {
  const document = await readDocument(await readSource(source), source);
  checkRoutes(document, source);
  return await computeTypes(document, source);
}

async function workerModule(): Promise<string> {
  const python = await readFile(new URL("src/local/worker.py", ROOT), "utf8");
  return `${header("src/local/worker.py")}export const workerSource: string = ${JSON.stringify(python)};\n`;
}

function header(source: string): string {
  return `// Made from ${source} by 'deno task generate'. Do not edit.\n\n`;
}

async function readSource(source: string): Promise<string> {
  try {
    if (!/^https?:/.test(source)) {
      return await readFile(source === DOCUMENT ? new URL(source, ROOT) : source, "utf8");
    }
    const response = await fetch(source, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return await response.text();
  } catch (cause) {
    throw new UsageError(`Cannot read '${source}': ${firstLine(cause)}`);
  }
}

function checkRoutes(document: Record<string, unknown>, source: string): void {
  const { paths } = document;
  const missing = ROUTES.filter(([method, path]) => !isRecord(at(paths, path, method)))
    .map(([method, path]) => `${method.toUpperCase()} ${path}`);
  if (missing.length > 0) {
    throw new UsageError(
      `Cannot use '${source}': it lacks routes that the client calls: ${missing.join(", ")}`,
    );
  }
}

function at(value: unknown, ...keys: string[]): unknown {
  return keys.reduce((inner, key) => isRecord(inner) ? inner[key] : undefined, value);
}

async function readIfThere(file: URL): Promise<string | undefined> {
  return await readFile(file, "utf8").catch(() => undefined);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
