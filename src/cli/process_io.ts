import process from "node:process";
import type { CliIo } from "./cli_io.ts";
import { INSTALLED_PROGRAM } from "../login/login_advice.ts";
import { PROGRAM } from "./cli_context.ts";

/** What a process has, and whether its standard input was used. */
export interface ProcessIo extends CliIo {
  isStdinRead(): boolean;
}

/** The streams, the environment and the name of this process. */
export function processIo(signal?: AbortSignal): ProcessIo {
  const { stdout, stderr, env, argv } = process;
  let isStdinRead = false;
  return {
    get stdin() {
      isStdinRead = true; // Looking at it may open it already.
      return process.stdin;
    },
    isStdinRead: () => isStdinRead,
    stdout,
    stderr,
    env,
    signal,
    command: commandName(env, argv[1] ?? ""),
  };
}

/** How the user has called the program, as far as it can be told. */
function commandName(env: CliIo["env"], script: string): string {
  if (/[/\\]src[/\\]cli[/\\]mod\.ts$/.test(script) && !/^\w{2,}:/.test(script)) {
    return "npx -y deno@2.9.6 task cli";
  }
  if (/^(https|jsr):/.test(script)) return "deno run -A jsr:@edge-compute/globus/cli";
  // Not before: npx may have started Deno.
  if (env.npm_command === "exec") return INSTALLED_PROGRAM;
  return PROGRAM;
}
