import { fileURLToPath } from "node:url";
import { nodePath } from "../support/node.ts";
import { ROOT } from "../support/run.ts";

const SCRIPT = fileURLToPath(new URL("store_process.ts", import.meta.url));

/** Where a process runs. */
export type Runtime = "deno" | "node";

/** When a process is killed. */
export interface Kill {
  /** After so many acknowledged commits. */
  dots: number;
  /** And so long after that, so that each moment of a commit has its turn. */
  afterMs?: number;
}

/** Starts `store_process.ts`, and kills it; returns what it printed until its end. */
export async function startStoreProcess(
  runtime: Runtime,
  args: readonly string[],
  { dots, afterMs = 0 }: Kill = { dots: Infinity },
): Promise<string> {
  const [program, ...first] = runtime === "deno"
    ? [Deno.execPath(), "run", "-A", "--quiet", SCRIPT]
    : [nodePath(), "--import", new URL("node_modules/tsx/dist/loader.mjs", ROOT).href, SCRIPT];
  const child = new Deno.Command(program as string, {
    args: [...first, ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  let killing: Promise<void> | undefined;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (printed.length < dots) continue;
    killing ??= new Promise<void>((resolve) => setTimeout(resolve, afterMs)).then(() =>
      child.kill("SIGKILL")
    );
  }
  await killing;
  await child.status;
  return printed;
}
