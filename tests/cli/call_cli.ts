import { main } from "../../src/cli/mod.ts";
import type { Finished } from "../support/run.ts";

/** What a command is called with, beside its arguments. */
export interface CallOptions {
  env: Record<string, string>;
  /** What is typed or piped in. */
  stdin?: string | AsyncIterable<string>;
  signal?: AbortSignal;
  /** Whether standard error is a terminal. */
  isTerminal?: boolean;
  /** Is given each part of standard error as it is written. */
  onMessage?: (text: string) => void;
}

/** Runs a command within the test's process. */
export async function callCli(args: readonly string[], options: CallOptions): Promise<Finished> {
  const { env, stdin, signal, isTerminal = false, onMessage } = options;
  let [stdout, stderr] = ["", ""];
  const code = await main(args, {
    stdin: typeof stdin === "string" ? [stdin] : stdin ?? [],
    stdout: { write: (text) => void (stdout += text) },
    stderr: {
      isTTY: isTerminal,
      columns: 80,
      write(text) {
        stderr += text;
        onMessage?.(text);
      },
    },
    env,
    signal,
  });
  return { code, stdout, stderr };
}
