import { fileURLToPath } from "node:url";
import type { LocalService } from "../../src/local/mod.ts";
import { environment } from "../cli/cli_process.ts";
import { type Finished, ROOT } from "../support/run.ts";

/** How an example is started. */
export interface ExampleOptions {
  local: LocalService;
  /** Where it is started, and may leave files. */
  directory: string;
  args?: readonly string[];
  /** What it finds in its environment, beside the service and its credentials. */
  env?: Readonly<Record<string, string>>;
}

/** An example that runs. */
export interface ExampleProcess extends AsyncDisposable {
  /** Resolves with the first match in what it prints; rejects where it ends without one. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves once it has ended. */
  readonly finished: Promise<Finished>;
  /** Ends it by SIGKILL. */
  kill(): Promise<Finished>;
}

/** Starts an example as a process. */
export function startExample(name: string, options: ExampleOptions): ExampleProcess {
  const { local, directory, args = [], env = {} } = options;
  const path = (file: string) => fileURLToPath(new URL(file, ROOT));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", path("deno.json"), path(`scripts/examples/${name}`), ...args],
    cwd: directory,
    clearEnv: true,
    env: { ...environment(directory, local), HOME: Deno.env.get("HOME") ?? "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let changed = Promise.withResolvers<void>();
  let hasEnded = false;
  const printed = { stdout: "", stderr: "" };
  const read = async (stream: "stdout" | "stderr") => {
    for await (const text of child[stream].pipeThrough(new TextDecoderStream())) {
      printed[stream] += text;
      tell();
    }
  };
  const tell = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const finished = Promise.all([child.status, read("stdout"), read("stderr")]).then(([{ code }]) => {
    hasEnded = true;
    tell();
    return { code, ...printed };
  });
  const kill = () => {
    if (!hasEnded) child.kill("SIGKILL");
    return finished;
  };
  return {
    finished,
    kill,
    async printed(pattern) {
      while (true) {
        const found = pattern.exec(printed.stdout);
        if (found) return found;
        if (hasEnded) throw new Error(`${name} never printed ${pattern}: ${printed.stdout}${printed.stderr}`);
        await changed.promise;
      }
    },
    async [Symbol.asyncDispose]() {
      await kill();
    },
  };
}

/** Runs an example to its end. */
export async function runExample(name: string, options: ExampleOptions): Promise<Finished> {
  await using example = startExample(name, options);
  return await example.finished;
}
