/**
 * Bundles what a user would bundle, minified and gzipped, and holds it against its ceiling: `deno task size [--json]`.
 *
 * What counts is what is loaded at the start, where a bundler splits what is imported on demand; beside it stands all
 * of it in one file, as a Worker has it.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";

const ROOT = new URL("../", import.meta.url);

interface Bundle {
  name: string;
  code: string;
  /** The budget, in bytes at the start; none for what is shown for comparison. */
  goalBytes?: number;
  /** Where the gate fails, in bytes: the budget, or a little above today's size where that is missed. */
  maxBytes?: { start: number; whole: number };
  /** Text that only code has which must not be loaded at the start. */
  mustLack: readonly string[];
}

const NOT_IN_HANDLER = ["createAdaptorServer", "child_process", "workerSource", "describeRoute"];
const NOT_IN_CLIENT = [...NOT_IN_HANDLER, "HonoRequest"];
/**
 * What is loaded with the first token, pickle, error of the service or failed task, or where the host has OpenTelemetry:
 * it costs nothing until then.
 */
const ON_DEMAND = [
  "OAUTH_",
  "_reconstruct",
  "duplicate registration of API",
  "session_required_mfa",
  "MaxResultSizeExceeded",
  "nesting beyond",
  "versionTuple",
];

const BUNDLES: readonly Bundle[] = [
  { name: "openapi-fetch alone", code: 'export { default } from "openapi-fetch";', mustLack: [] },
  {
    name: "createClient, accessToken, runTask, getBatchResult",
    code: 'export { accessToken, createClient, getBatchResult, runTask } from "./mod.ts";',
    goalBytes: 9_000,
    maxBytes: { start: 19_900, whole: 44_500 },
    mustLack: [...NOT_IN_CLIENT, ...ON_DEMAND, "ERR_JWS_", "client_credentials"],
  },
  {
    name: "all of mod.ts",
    code: 'export * from "./mod.ts";',
    goalBytes: 24_000,
    maxBytes: { start: 31_800, whole: 70_500 },
    mustLack: [...NOT_IN_CLIENT, ...ON_DEMAND, "ERR_JWS_"],
  },
  {
    name: "all of edge/mod.ts",
    code: 'export * from "./edge/mod.ts";',
    goalBytes: 42_000,
    maxBytes: { start: 23_500, whole: 116_500 },
    // What signs links, delivers messages, shows batches, fetches the keys of an issuer, and encrypts the store.
    mustLack: [
      ...NOT_IN_HANDLER,
      ...ON_DEMAND,
      "ERR_JWS_",
      "webhook-signature",
      "text/event-stream",
      "jwks_uri",
      "HKDF",
    ],
  },
];

interface Row {
  bundle: string;
  /** What is loaded at the start, gzipped together. */
  startBytes: number;
  /** All of it in one file, gzipped. */
  wholeBytes: number;
  goalBytes?: number;
  problems: string[];
}

async function main(): Promise<void> {
  const rows: Row[] = [];
  for (const bundle of BUNDLES) rows.push(await measure(bundle));
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else for (const row of rows) process.stdout.write(`${describe(row)}\n`);
  if (rows.some((row) => row.problems.length > 0)) process.exitCode = 1;
}

async function measure({ name, code, goalBytes, maxBytes, mustLack }: Bundle): Promise<Row> {
  const folder = await mkdtemp(join(tmpdir(), "globus-size-"));
  // The entry has to be where the import map holds.
  const entryName = `.size-${process.pid}`;
  const entry = new URL(`${entryName}.ts`, ROOT);
  await writeFile(entry, code);
  try {
    await bundle([`--output=${join(folder, "whole.js")}`, entry.pathname]);
    await bundle(["--code-splitting", `--outdir=${join(folder, "split")}`, entry.pathname]);
    const atStart = await readStart(join(folder, "split"), `${entryName}.js`);
    const startBytes = gzip(atStart.join("\n"));
    const problems = mustLack.filter((part) => atStart.some((text) => text.includes(part)))
      .map((part) => `has '${part}' in it`);
    const wholeBytes = gzip(await readFile(join(folder, "whole.js"), "utf8"));
    if (startBytes > (maxBytes?.start ?? Infinity) || wholeBytes > (maxBytes?.whole ?? Infinity)) {
      problems.push(`is over its ceiling of ${maxBytes?.start} bytes, ${maxBytes?.whole} in one file`);
    }
    return {
      bundle: name,
      startBytes,
      wholeBytes,
      ...(goalBytes === undefined ? {} : { goalBytes }),
      problems,
    };
  } finally {
    await rm(entry);
    await rm(folder, { recursive: true });
  }
}

async function bundle(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform=browser", ...args],
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot bundle: ${new TextDecoder().decode(stderr)}`);
}

/** The entry, and what it imports, at once and in turn, but for what is imported on demand. */
async function readStart(folder: string, entry: string): Promise<string[]> {
  const names = new Set(await readdir(folder));
  const queue = [entry];
  const texts: string[] = [];
  for (const name of queue) {
    if (!names.delete(name)) continue;
    const text = await readFile(join(folder, name), "utf8");
    texts.push(text);
    for (const [, imported] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) {
      queue.push(imported as string);
    }
  }
  return texts;
}

function gzip(text: string): number {
  return gzipSync(text, { level: 9 }).length;
}

function describe({ bundle, startBytes, wholeBytes, goalBytes, problems }: Row): string {
  const over = goalBytes === undefined ? 0 : startBytes - goalBytes;
  const columns = [
    bundle.padEnd(52),
    kilobytes(startBytes).padStart(9),
    (goalBytes === undefined ? "" : `goal ${kilobytes(goalBytes)}`).padEnd(14),
    (over > 0 ? `missed by ${kilobytes(over)}` : "").padEnd(19),
    wholeBytes - startBytes > 1000 ? `${kilobytes(wholeBytes)} in one file` : "",
    ...problems,
  ];
  return columns.join(" ").trimEnd();
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(2)} kB`;
}

await main();
