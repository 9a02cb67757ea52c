/**
 * Builds the pages of all entries by `deno doc --html`: `deno task docs [FOLDER]`. Without a folder they are looked at
 * and thrown away. It fails where they cannot be built, an entry has no page of its own with its module doc, a link
 * leads nowhere, or a tag such as `{@link` was not understood.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import manifest from "../deno.json" with { type: "json" };
import { pageProblems } from "./docs/page_problems.ts";
import { runProgram } from "./support/run_program.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What is in all pages is the same mistake a thousand times. */
const MAX_SHOWN = 20;

async function main(): Promise<void> {
  const kept = process.argv[2];
  const folder = kept === undefined ? await mkdtemp(join(tmpdir(), "globus-docs-")) : resolve(kept);
  try {
    await build(folder);
    const pages = await readPages(folder);
    const problems = pageProblems(pages.texts, pages.files, Object.keys(manifest.exports));
    for (const problem of problems.slice(0, MAX_SHOWN)) process.stderr.write(`${problem}\n`);
    if (problems.length > MAX_SHOWN) process.stderr.write(`${problems.length - MAX_SHOWN} more\n`);
    if (problems.length > 0) process.exitCode = 1;
    else process.stdout.write(`${pages.texts.size} pages${kept === undefined ? "" : ` in ${folder}`}\n`);
  } finally {
    if (kept === undefined) await rm(folder, { recursive: true });
  }
}

async function build(folder: string): Promise<void> {
  const args = ["doc", "--html", `--name=${manifest.name}`, `--output=${folder}`];
  const { code, stderr } = await runProgram(
    Deno.execPath(),
    [...args, ...Object.values(manifest.exports)],
    ROOT,
  );
  if (code !== 0) throw new Error(`Cannot build the pages:\n${stderr}`);
}

/** The pages by their paths from the folder, and the paths of all files. */
async function readPages(folder: string): Promise<{ texts: Map<string, string>; files: Set<string> }> {
  const files = new Set(
    (await readdir(folder, { recursive: true })).map((path) => path.replaceAll("\\", "/")),
  );
  const texts = new Map<string, string>();
  for (const path of files) {
    if (path.endsWith(".html")) texts.set(path, await readFile(join(folder, path), "utf8"));
  }
  return { texts, files };
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
