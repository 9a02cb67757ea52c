import { fileURLToPath } from "node:url";

/** The project's root. */
export const ROOT = new URL("../../", import.meta.url);

/** What a program did. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, without colours. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string | URL = ROOT,
): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs a script of the project on Deno. */
export function runOnDeno(args: readonly string[], cwd: string | URL = ROOT): Promise<Finished> {
  return run(Deno.execPath(), ["run", "-A", "--quiet", ...args], cwd);
}

/** Runs a script of the project on Node, through tsx. */
export function runOnNode(args: readonly string[], cwd: string | URL = ROOT): Promise<Finished> {
  const tsx = fileURLToPath(new URL("node_modules/tsx/dist/cli.mjs", ROOT));
  return run("node", [tsx, ...args], cwd);
}
