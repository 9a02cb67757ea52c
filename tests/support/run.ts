import { fileURLToPath } from "node:url";
import { type Finished, runProgram } from "../../scripts/support/run_program.ts";
import { nodePath } from "./node.ts";

export type { Finished };

/** The project's root. */
export const ROOT = new URL("../../", import.meta.url);

/** Runs a program to its end, without colours. */
export function run(program: string, args: readonly string[], cwd: string | URL = ROOT): Promise<Finished> {
  return runProgram(program, args, cwd);
}

/** Runs a script of the project on Deno. */
export function runOnDeno(args: readonly string[], cwd: string | URL = ROOT): Promise<Finished> {
  return run(Deno.execPath(), ["run", "-A", "--quiet", ...args], cwd);
}

/** Runs a script of the project on Node, through tsx. */
export function runOnNode(args: readonly string[], cwd: string | URL = ROOT): Promise<Finished> {
  const tsx = fileURLToPath(new URL("node_modules/tsx/dist/cli.mjs", ROOT));
  return run(nodePath(), [tsx, ...args], cwd);
}
