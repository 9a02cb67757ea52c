/**
 * Computes the score that JSR will give this package, and prints it: `deno task score [--json] [FOLDER]`. It fails where
 * a line that is decided here is not full, or an exported symbol has no doc.
 */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { entryFacts, jsrScore, problemsOf, type Score } from "./score/jsr_score.ts";
import { runProgram } from "./support/run_program.ts";

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const folder = args.find((arg) => !arg.startsWith("-"));
  const root = folder === undefined ? fileURLToPath(new URL("..", import.meta.url)) : resolve(folder);
  const { exports } = JSON.parse(await readFile(join(root, "deno.json"), "utf8")) as {
    exports: string | Record<string, string>;
  };
  const files = Object.entries(typeof exports === "string" ? { ".": exports } : exports);
  // One by one, as JSR does it: what an entry exports again of another one is documented there too.
  const [published, ...entries] = await Promise.all([
    publish(root),
    ...files.map(async ([name, file]) => entryFacts(name, await doc(root, file))),
  ]);
  const readme = published.files.find((name) => /^readme(\.md|\.txt)?$/i.test(name));
  const score = jsrScore({
    readme: readme === undefined ? undefined : await readFile(join(root, readme), "utf8"),
    entries,
    hasSlowTypes: published.hasSlowTypes,
  });
  const problems = problemsOf(score, entries);
  const written = { ...score, problems, entries: entries.map(({ moduleDoc: _, ...entry }) => entry) };
  process.stdout.write(args.includes("--json") ? `${JSON.stringify(written, null, 2)}\n` : describe(score));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

/** What would be published: the names of the files, and whether slow types have to be allowed for it. */
async function publish(root: string): Promise<{ files: string[]; hasSlowTypes: boolean }> {
  // The types were checked by the gate's `deno check`; slow types are looked for without it too.
  const args = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const strict = await runProgram(Deno.execPath(), args, root);
  const { code, stderr } = strict.code === 0
    ? strict
    : await runProgram(Deno.execPath(), [...args, "--allow-slow-types"], root);
  if (code !== 0) throw new Error(`Cannot publish:\n${strict.stderr}`);
  if (strict.code !== 0) process.stderr.write(strict.stderr);
  const names = stderr.matchAll(/^ +(file:\/\/\S+) \(/gm);
  const files = [...names].map(([, url]) => fileURLToPath(url as string).slice(join(root, "/").length));
  if (files.length === 0) throw new Error("Cannot tell what would be published: no file is named");
  return { files, hasSlowTypes: strict.code !== 0 };
}

async function doc(root: string, file: string): Promise<string> {
  const { code, stdout, stderr } = await runProgram(Deno.execPath(), ["doc", "--json", file], root);
  if (code !== 0) throw new Error(`Cannot read the docs of ${file}:\n${stderr}`);
  return stdout;
}

function describe({ parts, registry, points, maxPoints, percent }: Score): string {
  const rows = [
    ...parts.map((part) => [part.name, `${part.points} of ${part.maxPoints}`, part.detail]),
    ...registry.map((part) => [part.name, `0 of ${part.maxPoints}`, "set at the registry"]),
  ];
  const lines = rows.map(([name = "", got = "", detail = ""]) =>
    `${name.padEnd(32)}${got.padEnd(9)}${detail}`
  );
  lines.push(
    `${points} of ${maxPoints} points that are decided here: ${percent.now} %, and ` +
      `${percent.withRegistry} % with what is set at the registry`,
  );
  return `${lines.join("\n")}\n`;
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
