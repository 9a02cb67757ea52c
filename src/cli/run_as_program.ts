import process from "node:process";
import { EXIT } from "./exit_codes.ts";
import { main } from "./main.ts";
import { processIo } from "./process_io.ts";

/** How long a process that was interrupted may take for what is on the wire. */
const MAX_LAST_READ_MS = 15_000;

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
  const io = processIo(interruption.signal);
  const code = await main(args, io);
  process.exitCode = code;
  if (io.isStdinRead() || args[0] === "local") {
    // A read of a pipe that stays open would keep the process, and so would a pipe that nobody reads.
    await Promise.all([process.stdout, process.stderr].map(written));
    process.exit(code);
  }
  // The process ends by itself: results that are on the wire are kept before, as the service may give them only once.
  if (code === EXIT.interrupted) setTimeout(() => process.exit(code), MAX_LAST_READ_MS).unref();
}

/** Resolves once all that was written has been taken, or nobody takes it any more. */
function written(stream: { write(text: string, done: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => void stream.write("", () => resolve()));
}
