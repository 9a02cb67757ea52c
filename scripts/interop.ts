/**
 * Runs the tests with the real Python software: `deno task interop [--python PATH]`. The virtual environments are made
 * from what `tests/interop/environments.json` names, and kept until that changes.
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import environments from "../tests/interop/environments.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = join(ROOT, ".interop");
/** What pip says when it cannot reach the index; where it can, it names the versions that there are. */
const UNREACHABLE = /after connection broken by|Could not fetch URL|\(from versions: none\)|ReadTimeoutError/;

/** Where the Python client looks for a local service. */
const PORT = 5000;

async function main(): Promise<void> {
  if (!await isFree(PORT)) {
    throw new Error(
      `Cannot run these tests: port ${PORT}, the only one where the Python client looks for a local service, is ` +
        "taken (on macOS by the AirPlay receiver, which can be turned off)",
    );
  }
  const { values } = parseArgs({ options: { python: { type: "string", default: "python3" } } });
  await mkdir(FOLDER, { recursive: true });
  for (const [name, packages] of Object.entries(environments)) {
    await prepare(values.python, name, packages);
  }
  const tests = join(ROOT, "tests", "interop");
  const { status } = await run(Deno.execPath(), ["test", "-A", "--quiet", tests], { isShown: true });
  process.exitCode = status;
}

async function prepare(python: string, name: string, packages: readonly string[]): Promise<void> {
  const folder = join(FOLDER, name);
  const marker = join(folder, "packages.json");
  const wanted = JSON.stringify(packages);
  if (await readFile(marker, "utf8").catch(() => undefined) === wanted) return;
  process.stderr.write(`Installing ${packages.join(", ")}\n`);
  await rm(folder, { recursive: true, force: true });
  const made = await run(python, ["-m", "venv", folder]);
  if (made.status !== 0) throw new Error(`Cannot make a virtual environment with ${python}: ${made.output}`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
  const installed = await run(join(folder, "bin", "python"), pip);
  if (installed.status !== 0) {
    throw new Error(
      UNREACHABLE.test(installed.output)
        ? `Cannot reach PyPI for ${packages.join(", ")}: the tests with the real Python software need it`
        : `Cannot install ${packages.join(", ")}: ${installed.output}`,
    );
  }
  await writeFile(marker, wanted);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function run(
  command: string,
  args: readonly string[],
  { isShown = false } = {},
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: isShown ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output += chunk);
    child.on("error", (cause) => reject(new Error(`Cannot run ${command}: ${cause.message}`)));
    child.on("close", (status) => resolve({ status: status ?? 1, output }));
  });
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
