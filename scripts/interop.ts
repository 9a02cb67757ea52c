/**
 * Runs the tests with the real Python software: `deno task interop [--python PATH]`. The virtual environments are made
 * from what `tests/interop/environments.json` names, and kept until that changes.
 */
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import environments from "../tests/interop/environments.json" with { type: "json" };
import { preparePython, runProgram } from "./support/python_environment.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDER = join(ROOT, ".interop");
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
  for (const [name, packages] of Object.entries(environments)) {
    await preparePython(join(FOLDER, name), packages, values);
  }
  const tests = join(ROOT, "tests", "interop");
  const { status } = await runProgram(Deno.execPath(), ["test", "-A", "--quiet", tests], {
    isShown: true,
    cwd: ROOT,
  });
  process.exitCode = status;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
