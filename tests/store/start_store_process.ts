import { fileURLToPath } from "node:url";
import { ROOT } from "../support/run.ts";

const SCRIPT = fileURLToPath(new URL("store_process.ts", import.meta.url));

/** Where a process runs. */
export type Runtime = "deno" | "node";

/** Starts `store_process.ts`, and kills it once it has printed so many dots; returns what it printed until its end. */
export async function startStoreProcess(
  runtime: Runtime,
  args: readonly string[],
  killAfter = Infinity,
): Promise<string> {
  const [program, ...first] = runtime === "deno"
    ? [Deno.execPath(), "run", "-A", "--quiet", SCRIPT]
    : ["node", "--import", new URL("node_modules/tsx/dist/loader.mjs", ROOT).href, SCRIPT];
  const child = new Deno.Command(program as string, {
    args: [...first, ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (printed.length >= killAfter) child.kill("SIGKILL");
  }
  await child.status;
  return printed;
}
