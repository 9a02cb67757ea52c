/**
 * Makes the npm tarball: `deno task pack [FILE]`. `deno pack` writes the modules; what it cannot say is added here,
 * and a type that is missing fails.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import manifest from "../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What `deno pack` leaves out of `package.json`. */
const ADDED = {
  description:
    "Call Python functions on supercomputers from JavaScript: a client for Globus Compute, a webhook " +
    "handler, and a Compute service for your own machine",
  keywords: ["globus", "globus-compute", "hpc", "supercomputer", "python", "webhook", "edge", "workers"],
  engines: { node: ">=22.13" },
  sideEffects: false,
};
/** The command that an installed package offers, by the entry that has it: `globus` is the name of Globus's own. */
const COMMANDS = { "globus-edge": "./cli" };
/** What one command alone needs, and two thirds of an installation would be: who uses it installs them. */
const OPTIONAL: readonly string[] = ["openapi-typescript", "yaml"];

interface PackageJson {
  name: string;
  version: string;
  exports: Record<string, { types?: string; import?: string }>;
  dependencies: Record<string, string>;
}

async function main(): Promise<void> {
  const target = resolve(process.argv[2] ?? `edge-compute-globus-${manifest.version}.tgz`);
  const folder = await mkdtemp(join(tmpdir(), "globus-pack-"));
  try {
    const raw = join(folder, "raw.tgz");
    await run(Deno.execPath(), ["pack", "--quiet", "--allow-dirty", "--no-source-maps", "-o", raw], ROOT);
    await run("tar", ["xzf", raw], folder);
    const root = join(folder, "package");
    await completeManifest(root);
    await removeSources(root);
    const files = await checkTypes(root);
    await run("npm", ["pack", "--silent", "--pack-destination", folder], root);
    const [packed] = (await readdir(folder)).filter((name) => name.endsWith(".tgz") && name !== "raw.tgz");
    await copyFile(join(folder, packed as string), target);
    process.stdout.write(`${target}: ${files} files with types\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function completeManifest(root: string): Promise<void> {
  const path = join(root, "package.json");
  const written = JSON.parse(await readFile(path, "utf8")) as PackageJson;
  const commands = Object.entries(COMMANDS).flatMap(([command, entry]) => {
    const module = written.exports[entry]?.import;
    return module === undefined ? [] : [[command, module] as const];
  });
  for (const [, module] of commands) {
    const code = await readFile(join(root, module), "utf8");
    if (!code.startsWith("#!")) {
      throw new Error(`Cannot make a command of ${module}: its first line is no #!`);
    }
  }
  const bin = commands.length === 0 ? {} : { bin: Object.fromEntries(commands) };
  const all = Object.entries(written.dependencies);
  const peers = {
    dependencies: Object.fromEntries(all.filter(([name]) => !OPTIONAL.includes(name))),
    peerDependencies: Object.fromEntries(all.filter(([name]) => OPTIONAL.includes(name))),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL.map((name) => [name, { optional: true }])),
  };
  await writeFile(path, `${JSON.stringify({ ...written, ...ADDED, ...peers, ...bin }, null, 2)}\n`);
}

/** Modules that no entry imports come along as they are, and nobody can use them. */
async function removeSources(root: string): Promise<void> {
  for (const name of await readdir(root, { recursive: true })) {
    if (name.endsWith(".ts") && !name.endsWith(".d.ts")) await rm(join(root, name));
  }
}

/** Follows the types from each entry: a slow type costs a module its types, and `deno pack` passes all the same. */
async function checkTypes(root: string): Promise<number> {
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as PackageJson;
  const queue: string[] = [];
  for (const entry of Object.keys(manifest.exports)) {
    const types = exports[entry]?.types;
    if (types === undefined) throw new Error(`Cannot pack: the entry '${entry}' has no types`);
    queue.push(join(root, types));
  }
  const seen = new Set(queue);
  for (const path of queue) {
    const text = await readFile(path, "utf8").catch(() => {
      throw new Error(
        `Cannot pack: ${path.slice(root.length + 1)} is missing, for a slow type in its module`,
      );
    });
    for (const [, specifier] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      const next = join(dirname(path), (specifier as string).replace(/\.(?:js|ts)$/, ".d.ts"));
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return seen.size;
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output += chunk);
    child.on("error", reject);
    child.on(
      "close",
      (status) =>
        status === 0 ? done() : reject(new Error(`Cannot pack: ${command} ${args[0]} failed\n${output}`)),
    );
  });
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
