/**
 * Bundles what a user would bundle, minified and gzipped, and holds it against its ceiling: `deno task size [--json]`.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";

const ROOT = new URL("../", import.meta.url);

interface Bundle {
  name: string;
  code: string;
  /** The budget, in bytes; none for what is shown for comparison. */
  goalBytes?: number;
  /** Where the gate fails, in bytes: the budget, or less than a tenth above today's size where that is missed. */
  maxBytes?: number;
  /** Text that only code has which must not be in there. */
  mustLack: readonly string[];
}

const NOT_IN_CLIENT = ["HonoRequest", "createAdaptorServer", "child_process", "workerSource"];
/** What a program pays for that asks for tokens itself: it costs one nothing that has its token. */
const NOT_FOR_A_TOKEN = ["OAUTH_", "ERR_JWS_", "client_credentials"];

const BUNDLES: readonly Bundle[] = [
  { name: "openapi-fetch alone", code: 'export { default } from "openapi-fetch";', mustLack: [] },
  {
    name: "createClient, accessToken, runTask, getBatchResult",
    code: 'export { accessToken, createClient, getBatchResult, runTask } from "./mod.ts";',
    goalBytes: 9_000,
    maxBytes: 33_200,
    mustLack: [...NOT_IN_CLIENT, ...NOT_FOR_A_TOKEN],
  },
  {
    name: "all of mod.ts",
    code: 'export * from "./mod.ts";',
    goalBytes: 24_000,
    maxBytes: 59_000,
    mustLack: NOT_IN_CLIENT,
  },
];

interface Row {
  bundle: string;
  gzippedBytes: number;
  goalBytes?: number;
  problems: string[];
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "globus-size-"));
  const rows: Row[] = [];
  try {
    for (const bundle of BUNDLES) rows.push(await measure(bundle, folder));
  } finally {
    await rm(folder, { recursive: true });
  }
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else for (const row of rows) process.stdout.write(`${describe(row)}\n`);
  if (rows.some((row) => row.problems.length > 0)) process.exitCode = 1;
}

async function measure({ name, code, goalBytes, maxBytes, mustLack }: Bundle, folder: string): Promise<Row> {
  // The entry has to be where the import map holds.
  const entry = new URL(`.size-${process.pid}.ts`, ROOT);
  const output = join(folder, "bundle.js");
  await writeFile(entry, code);
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--minify", "--platform=browser", `--output=${output}`, entry.pathname],
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`Cannot bundle ${name}: ${new TextDecoder().decode(stderr)}`);
  } finally {
    await rm(entry);
  }
  const bundle = await readFile(output);
  const gzippedBytes = gzipSync(bundle, { level: 9 }).length;
  const text = bundle.toString();
  const problems = mustLack.filter((part) => text.includes(part)).map((part) => `has '${part}' in it`);
  if (maxBytes !== undefined && gzippedBytes > maxBytes) {
    problems.push(`is over its ceiling of ${maxBytes} bytes`);
  }
  return { bundle: name, gzippedBytes, ...(goalBytes === undefined ? {} : { goalBytes }), problems };
}

function describe({ bundle, gzippedBytes, goalBytes, problems }: Row): string {
  const over = goalBytes === undefined ? 0 : gzippedBytes - goalBytes;
  const goal = goalBytes === undefined ? "" : `goal ${kilobytes(goalBytes)}`;
  const miss = over > 0 ? [`missed by ${kilobytes(over)}`] : [];
  const columns = [
    bundle.padEnd(52),
    kilobytes(gzippedBytes).padStart(9),
    goal.padEnd(14),
    ...miss,
    ...problems,
  ];
  return columns.join(" ").trimEnd();
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(2)} kB`;
}

await main();
