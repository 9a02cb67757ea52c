/** Runs a Compute service on this machine until Ctrl-C: `deno task local [--port 5000] [--workers N] [--python PATH]`. */
import process from "node:process";
import { parseArgs } from "node:util";
import { type LocalService, startLocalService } from "../src/local/mod.ts";

/** Where a Python client looks that is set to `local`. */
const DEFAULT_PORT = 5000;

const HELP = `Runs a Globus Compute service on this machine.

  --port N             the port to listen on; 0 takes a free one (default ${DEFAULT_PORT})
  --workers N          Python processes, and so tasks at a time (default: the machine's cores)
  --python PATH        the interpreter that runs tasks (default python3)
  --task-seconds N     how long a task may run (default 600)
  --help               this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: String(DEFAULT_PORT) },
      workers: { type: "string" },
      python: { type: "string" },
      "task-seconds": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const workers = values.workers === undefined ? undefined : readNumber("workers", values.workers, 1, 1024);
  const taskSeconds = values["task-seconds"] === undefined
    ? undefined
    : readNumber("task-seconds", values["task-seconds"], 1, Number.MAX_SAFE_INTEGER);
  const local = await startLocalService({
    port: readNumber("port", values.port, 0, 65_535),
    ...(workers === undefined ? {} : { workers }),
    ...(values.python === undefined ? {} : { python: values.python }),
    ...(taskSeconds === undefined ? {} : { taskTimeLimitMs: taskSeconds * 1000 }),
    onOutput: (chunk) => void process.stderr.write(chunk),
  });
  process.stdout.write(describe(local));
  await untilStopped();
  await local.close();
  process.stdout.write("\nStopped.\n");
  process.exit(0); // What else keeps the process up, a pipe that nobody reads for one, is of no more use.
}

function readNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`Cannot use '--${name} ${text}': it must be a whole number from ${least} to ${most}`);
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function describe(local: LocalService): string {
  return `Globus Compute on this machine (Ctrl-C stops it)

  address    ${local.baseUrl}
  endpoint   ${local.endpointId}
  token      ${local.accessToken}
  workers    ${local.workers}, Python ${local.pythonVersion}

Paste this into another terminal, in this folder:

npx -y deno@2.9.6 eval '
import { accessToken, callFunction, createClient, registerSource } from "@edge-compute/globus";
const client = createClient({
  baseUrl: "${local.baseUrl}",
  authorizer: accessToken("${local.accessToken}"),
});
const functionId = await registerSource(client, { source: "def double(x): return 2 * x" });
console.log(await callFunction(client, { endpointId: "${local.endpointId}", functionId, args: [21] }));
'

What tasks print follows.
`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
