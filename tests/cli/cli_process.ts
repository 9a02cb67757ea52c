import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalService } from "../../src/local/mod.ts";
import { nodePath } from "../support/node.ts";
import { type Finished, ROOT } from "../support/run.ts";

const ENTRY = fileURLToPath(new URL("src/cli/mod.ts", ROOT));

/** A directory for one test: the user's of the command line, and a place for its files. */
export async function workspace() {
  const path = await mkdtemp(join(tmpdir(), "cli-"));
  return {
    path,
    file: (name: string) => join(path, name),
    async write(name: string, text: string): Promise<string> {
      await Deno.writeTextFile(join(path, name), text);
      return join(path, name);
    },
    read: (name: string) => Deno.readTextFile(join(path, name)),
    /** What is in a file of JSON lines. */
    // deno-lint-ignore no-explicit-any -- results are of any shape
    async lines(name: string): Promise<any[]> {
      return (await Deno.readTextFile(join(path, name))).split("\n").slice(0, -1).map((line) =>
        JSON.parse(line)
      );
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Where the command line keeps its things, and what lets it in at a local service. */
export function environment(
  directory: string,
  local?: Pick<LocalService, "baseUrl" | "issuer" | "clientId" | "clientSecret">,
): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: directory,
    TZ: "UTC",
    NO_COLOR: "1",
    GLOBUS_COMPUTE_USER_DIR: join(directory, "user"),
    ...(Deno.env.has("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR") as string } : {}),
    ...(local === undefined ? {} : {
      GLOBUS_SDK_SERVICE_URL_COMPUTE: local.baseUrl,
      GLOBUS_SDK_SERVICE_URL_AUTH: local.issuer,
      GLOBUS_COMPUTE_CLIENT_ID: local.clientId,
      GLOBUS_COMPUTE_CLIENT_SECRET: local.clientSecret,
    }),
  };
}

/** The program and its first arguments, by which a user starts the command line. */
export function commandOf(runtime: "deno" | "node" = "deno"): [program: string, args: string[]] {
  return runtime === "deno"
    ? [Deno.execPath(), [
      "run",
      "-A",
      "--quiet",
      "--config",
      fileURLToPath(new URL("deno.json", ROOT)),
      ENTRY,
    ]]
    : [nodePath(), ["--import", new URL("node_modules/tsx/dist/loader.mjs", ROOT).href, ENTRY]];
}

/** How the command line is started. */
export interface CliOptions {
  env: Record<string, string>;
  cwd: string;
  runtime?: "deno" | "node";
  /** What is piped in. */
  stdin?: string;
}

/** Starts the command line as a process. */
export function startCli(
  args: readonly string[],
  { env, cwd, runtime, stdin }: CliOptions,
): Deno.ChildProcess {
  const [program, first] = commandOf(runtime);
  const child = new Deno.Command(program, {
    args: [...first, ...args],
    cwd,
    env: {
      ...env,
      ...(runtime === "node" ? { HOME: env.HOME as string } : { HOME: Deno.env.get("HOME") ?? "" }),
    },
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) void new Blob([stdin]).stream().pipeTo(child.stdin);
  return child;
}

/** Runs the command line as a process to its end. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<Finished> {
  const { code, stdout, stderr } = await startCli(args, options).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
