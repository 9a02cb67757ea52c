import { Log, LogLevel, Miniflare } from "miniflare";
import { bundleWorker } from "../support/bundle_worker.ts";

/** A Worker in workerd. */
export interface StartedWorker {
  worker: Miniflare;
  /** What it and its runtime have printed until now, at their most talkative. */
  printed: string[];
}

/** Miniflare leaves a message port open, and is still removing its folder when it says that it is done. */
export const SANITIZE = { sanitizeOps: false, sanitizeResources: false };

/** Starts a module of the project as a Worker. */
export async function startWorker(entry: string): Promise<StartedWorker> {
  const printed: string[] = [];
  const log = new class extends Log {
    override log(message: string): void {
      printed.push(message);
    }
  }(LogLevel.VERBOSE);
  const collect = async (stream: AsyncIterable<unknown>) => {
    for await (const chunk of stream) printed.push(String(chunk));
  };
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents: await bundleWorker(entry) }],
    compatibilityDate: "2026-01-01",
    verbose: true,
    log,
    handleRuntimeStdio(stdout: AsyncIterable<unknown>, stderr: AsyncIterable<unknown>) {
      void collect(stdout);
      void collect(stderr);
    },
  });
  return { worker, printed };
}
