/** What the tests of the workers share: payloads made by hand, pools that are closed, interpreters with packages. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  startWorkerPool,
  type WorkerOutcome,
  type WorkerPool,
  type WorkerPoolOptions,
} from "../../src/local/worker_pool.ts";
import { until } from "../support/until.ts";

export const JSON_RESULT = ["globus_compute_sdk.serialize.JSONData"];
export const OPTIONS: WorkerPoolOptions = {
  workers: 1,
  python: "python3",
  taskTimeLimitMs: 20_000,
  maxOutputBytes: 32 * 2 ** 20,
};

/** Packs buffers as the service does: with their lengths in code points. */
export function pack(...buffers: string[]): string {
  return buffers.map((buffer) => `${[...buffer].length}\n${buffer}`).join("");
}

export interface Call {
  args?: unknown[];
  kwargs?: Record<string, unknown>;
  resultSerializers?: readonly string[] | undefined;
  onStart?: () => void;
}

/** Runs a serialized function, with JSON both ways. */
export function callPacked(pool: WorkerPool, code: string, call: Call = {}): Promise<WorkerOutcome> {
  const { args = [], kwargs = {}, onStart } = call;
  const taskBuffer = pack(code, `11\n${JSON.stringify(args)}`, `11\n${JSON.stringify(kwargs)}`);
  const resultSerializers = "resultSerializers" in call ? call.resultSerializers : JSON_RESULT;
  return pool.run(
    { taskId: crypto.randomUUID(), taskBuffer, ...resultSerializers && { resultSerializers } },
    onStart,
  );
}

/** Runs the function `f` of a Python source. */
export function callSource(pool: WorkerPool, source: string, call: Call = {}): Promise<WorkerOutcome> {
  return callPacked(pool, `st\nf:${source}`, call);
}

/** The value that the function `f` of a Python source returns. */
export async function valueOf(pool: WorkerPool, source: string, call: Call = {}): Promise<unknown> {
  const outcome = await callSource(pool, source, call);
  if (!outcome.ok) throw new Error(outcome.data);
  return JSON.parse(outcome.data.slice("11\n".length));
}

/** Starts a pool, which is closed when `use` is done. */
export async function withPool(
  use: (pool: WorkerPool) => Promise<void>,
  options: Partial<WorkerPoolOptions> = {},
): Promise<void> {
  const pool = await startWorkerPool({ ...OPTIONS, ...options });
  try {
    await use(pool);
  } finally {
    await pool.close();
  }
}

/** Makes a directory with these files, which is removed when `use` is done. */
export async function withFiles(
  files: Record<string, string>,
  use: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "worker-test-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
      await chmod(join(directory, name), 0o755);
    }
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Waits until a process is gone. */
export async function waitUntilGone(pid: number): Promise<void> {
  await until(`an end of process ${pid}`, async () => !await isRunning(pid));
}

/** Whether there is such a process, on Linux; one that nobody has waited for yet is gone, too. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}
