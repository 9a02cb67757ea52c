/**
 * Tells which files one delivery executes: `deno run -A scripts/bench/executed_files.ts` lists them.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = new URL("../../", import.meta.url).href;
const COUNTED = /^(?:src|edge|gen)\//;

/** What V8 tells of a script: its functions, and the whole of it as one without a name that begins at 0. */
interface Coverage {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
  }[];
}

/** The files of which one delivery executes a function. What is executed while a handler is made, or a file is loaded, does not count. */
export async function executedFiles(): Promise<string[]> {
  const before = await countCalls();
  const after = await countCalls("--deliver");
  const files = [...after].filter(([place, count]) => count > (before.get(place) ?? 0));
  return [...new Set(files.map(([place]) => place.split(":")[0] as string))].sort();
}

/** How often each function is called, by its file and its place in it. */
async function countCalls(...args: readonly string[]): Promise<Map<string, number>> {
  const directory = await mkdtemp(join(tmpdir(), "globus-coverage-"));
  try {
    const script = fileURLToPath(new URL("one_delivery.ts", import.meta.url));
    await promisify(execFile)(process.execPath, ["run", "-A", `--coverage=${directory}`, script, ...args]);
    const counts = new Map<string, number>();
    for (const name of await readdir(directory)) {
      if (!name.endsWith(".json")) continue;
      const { url, functions }: Coverage = JSON.parse(await readFile(join(directory, name), "utf8"));
      const file = url.replace(ROOT, "");
      if (!COUNTED.test(file)) continue;
      for (const { functionName, ranges: [whole] } of functions) {
        const isModule = functionName === "" && whole?.startOffset === 0;
        if (whole !== undefined && !isModule) counts.set(`${file}:${whole.startOffset}`, whole.count);
      }
    }
    return counts;
  } finally {
    await rm(directory, { recursive: true });
  }
}

if (import.meta.main) {
  const files = await executedFiles();
  process.stdout.write(`${files.join("\n")}\n${files.length} files\n`);
}
