import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

/** What pip says when it cannot reach the index; where it can, it names the versions that there are. */
const UNREACHABLE = /after connection broken by|Could not fetch URL|\(from versions: none\)|ReadTimeoutError/;

/**
 * Makes a virtual environment with these packages, unless it is there already.
 *
 * @param folder Where: it is replaced when the packages are others.
 * @throws {Error} If there is no Python, or PyPI cannot be reached; the message says which.
 */
export async function preparePython(
  folder: string,
  packages: readonly string[],
  { python = "python3" }: { python?: string } = {},
): Promise<void> {
  const marker = join(folder, "packages.json");
  const wanted = JSON.stringify(packages);
  if (await readFile(marker, "utf8").catch(() => undefined) === wanted) return;
  process.stderr.write(`Installing ${packages.join(", ")}\n`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const made = await runProgram(python, ["-m", "venv", folder]);
  if (made.status !== 0) throw new Error(`Cannot make a virtual environment with ${python}: ${made.output}`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
  const installed = await runProgram(join(folder, "bin", "python"), pip);
  if (installed.status !== 0) {
    throw new Error(
      UNREACHABLE.test(installed.output)
        ? `Cannot reach PyPI for ${packages.join(", ")}`
        : `Cannot install ${packages.join(", ")}: ${installed.output}`,
    );
  }
  await writeFile(marker, wanted);
}

/** Runs a program to its end. What it prints is kept, or shown as it comes. */
export function runProgram(
  command: string,
  args: readonly string[],
  { isShown = false, cwd }: { isShown?: boolean; cwd?: string } = {},
): Promise<{ status: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: isShown ? "inherit" : ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output += chunk);
    child.on("error", (cause) => reject(new Error(`Cannot run ${command}: ${cause.message}`)));
    child.on("close", (status) => resolve({ status: status ?? 1, output }));
  });
}
