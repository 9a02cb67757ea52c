import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** CPython, which does the same jobs in a process of its own. */
export interface PythonPeer extends AsyncDisposable {
  /** Asks for something, and gives the answer. */
  ask<Answer>(request: Record<string, unknown>): Promise<Answer>;
  /** Does a job with these arguments, and gives the seconds it took. */
  run(job: string, options?: Record<string, unknown>): Promise<number>;
}

/** Starts a program of this folder: CPython alone, or with the SDK. */
export function startPythonPeer(python: string, name = "python_peer.py"): PythonPeer {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(python, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function ask<Answer>(request: Record<string, unknown>): Promise<Answer> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await Promise.race([lines.next(), failed]);
    if (done) throw new Error(`${python} has ended without an answer to ${JSON.stringify(request)}`);
    return JSON.parse(value);
  }
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => {}); // It is the asking that fails.
  return {
    ask,
    run: async (job, options = {}) => (await ask<{ seconds: number }>({ job, ...options })).seconds,
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const over = new Promise((resolve) => child.once("exit", resolve));
  child.stdin?.end();
  await over;
}
