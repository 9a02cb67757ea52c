import { Log, LogLevel, Miniflare, type MiniflareOptions } from "miniflare";
import { readdir, readlink } from "node:fs/promises";
import { bundleWorker } from "../support/bundle_worker.ts";
import { descendantsOf } from "../support/processes.ts";
import { run } from "../support/run.ts";
import { workerSettings } from "./deployables/worker_settings.ts";

// Miniflare leaves a message port open, and is still removing its folder when it says that it is done.
export const SANITIZE = { sanitizeOps: false, sanitizeResources: false };

/** What `startWorker` takes. */
export interface WorkerSettings {
  /** The module of the Worker. It is bundled once in a test file. */
  entry: string;
  /** Where the storage of its Durable Objects is kept. */
  directory: string;
  durableObjects: NonNullable<MiniflareOptions["durableObjects"]>;
  bindings?: Record<string, string>;
  /** Called with what workerd prints. */
  onPrint?: (text: string) => void;
}

/** A Worker in a workerd that can be killed. */
export interface KillableWorker {
  worker: Miniflare;
  /** Kills its workerd, and no other one. A Durable Object must have been used. */
  kill(): Promise<void>;
}

const bundles = new Map<string, Promise<string>>();

function bundleOnce(entry: string): Promise<string> {
  const bundle = bundles.get(entry) ?? bundleWorker(entry);
  bundles.set(entry, bundle);
  return bundle;
}

/** Starts a Worker with Durable Objects whose storage is in a directory. */
export async function startWorker(settings: WorkerSettings): Promise<KillableWorker> {
  const { entry, directory, durableObjects, bindings = {}, onPrint = () => {} } = settings;
  const read = async (stream: AsyncIterable<unknown>) => {
    for await (const chunk of stream) onPrint(String(chunk));
  };
  const worker = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents: await bundleOnce(entry) }],
    ...await workerSettings(),
    bindings,
    durableObjects,
    durableObjectsPersist: directory,
    log: new Log(LogLevel.NONE),
    handleRuntimeStdio(stdout: AsyncIterable<unknown>, stderr: AsyncIterable<unknown>) {
      void read(stdout);
      void read(stderr);
    },
  });
  await worker.ready;
  return {
    worker,
    async kill() {
      const pids = await holdersOf(directory);
      if (pids.length === 0) throw new Error(`No process has a file open in '${directory}'`);
      for (const pid of pids) Deno.kill(pid, "SIGKILL");
      await worker.dispose();
    },
  };
}

/**
 * The processes that this one started and that have a file open below a directory. Miniflare does not tell the id of
 * its workerd, and other test files start some at the same time.
 */
async function holdersOf(directory: string): Promise<number[]> {
  const pids = (await descendantsOf(Deno.pid)).filter((pid) => pid !== Deno.pid);
  if (Deno.build.os !== "linux") {
    const { stdout } = await run("lsof", ["-t", "+D", directory]);
    const holders = stdout.trim().split("\n").map(Number);
    return pids.filter((pid) => holders.includes(pid));
  }
  const found: number[] = [];
  for (const pid of pids) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []); // It may have ended by now.
    const paths = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => "")));
    if (paths.some((path) => path.startsWith(`${directory}/`))) found.push(pid);
  }
  return found;
}
