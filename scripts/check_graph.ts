/**
 * Holds the graph of imports, types included, against the order of the house, and fails with a line for each import
 * that points up, each circle of files or of folders side by side, and each name that two files export. What is known
 * to be wrong stands in `graph/known.ts`; a line there that is mended fails too. Part of `deno task check`.
 */
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { graphProblems } from "./graph/graph_problems.ts";
import { KNOWN_ARROWS, KNOWN_NAMES } from "./graph/known.ts";
import { readModule } from "./graph/read_module.ts";

const ROOT = new URL("../", import.meta.url);

async function main(): Promise<void> {
  const files = ["mod.ts", ...(await Promise.all(["src/", "edge/", "gen/"].map(modulesBelow))).flat()];
  const modules = await Promise.all(
    files.map(async (file) => readModule(file, await readFile(new URL(file, ROOT), "utf8"))),
  );
  const problems = graphProblems(modules, { arrows: KNOWN_ARROWS, names: KNOWN_NAMES });
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const left = KNOWN_ARROWS.length + KNOWN_NAMES.length;
  process.stdout.write(`${files.length} modules, ${problems.length} problems, ${left} known ones left\n`);
  if (problems.length > 0) process.exitCode = 1;
}

async function modulesBelow(folder: string): Promise<string[]> {
  const names = await readdir(new URL(folder, ROOT), { recursive: true });
  return names.filter((name) => /\.tsx?$/.test(name)).map((name) => folder + name).sort();
}

await main();
