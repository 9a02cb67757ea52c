import process from "node:process";
import { EXIT } from "./exit_codes.ts";
import { main } from "./main.ts";
import { processIo } from "./process_io.ts";

/**
 * Runs a command as this process: Ctrl-C ends the waiting, and a second one the process. The process ends with what
 * the command came to.
 */
export async function runAsProgram(args: readonly string[]): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(EXIT.interrupted);
      interruption.abort(new Error(signal));
    });
  }
  // Whoever reads has seen enough: `globus-edge endpoints | head -1`.
  process.stdout.on("error", (error: Error & { code?: string }) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(EXIT.ok);
  });
  const code = await main(args, processIo(interruption.signal));
  await Promise.all([process.stdout, process.stderr].map(written));
  // What else would keep the process, a read of a pipe that stays open for one, is of no more use.
  process.exit(code);
}

/** Resolves once all that was written has been taken, or nobody takes it any more. */
function written(stream: { write(text: string, done: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => void stream.write("", () => resolve()));
}
