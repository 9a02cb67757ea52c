/** Runs a Compute service on this machine until Ctrl-C: `deno task local [--port 5000] [--workers N] [--python PATH]`. */
import process from "node:process";
import { parseArgs } from "node:util";
import { FAULT_KINDS, type Faults, type LocalService, startLocalService } from "../src/local/mod.ts";

/** Where a Python client looks that is set to `local`. */
const DEFAULT_PORT = 5000;

const HELP = `Runs a Globus Compute service on this machine.

  --port N             the port to listen on; 0 takes a free one (default ${DEFAULT_PORT})
  --workers N          Python processes, and so tasks at a time (default: the machine's cores)
  --python PATH        the interpreter that runs tasks (default python3)
  --task-seconds N     how long a task may run (default 600)
  --max-requests N     requests in 10 seconds; more are answered 429 (default: no limit; the real one is 20)
  --help               this text

What shall go wrong, to see how a client takes it:

  --read-once          a result is forgotten once it has been sent
  --latency-ms N       how long each answer is held back, or N-M for a time between two
  --queue-delay-ms N   how long each task is on its way to a worker, or N-M
  --offline            the endpoint is offline: tasks wait
  --fail KIND=RATE     the share of requests, from 0 to 1, that fail so; can be given again for another kind:
                       ${kindLines()}
  --seed N             another order of faults; the same seed gives the same one again (default 0)
`;

function kindLines(): string {
  return [FAULT_KINDS.slice(0, 5), FAULT_KINDS.slice(5)].map((kinds) => kinds.join(", ")).join(
    `,\n${" ".repeat(23)}`,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: String(DEFAULT_PORT) },
      workers: { type: "string" },
      python: { type: "string" },
      "task-seconds": { type: "string" },
      "max-requests": { type: "string" },
      "read-once": { type: "boolean", default: false },
      "latency-ms": { type: "string" },
      "queue-delay-ms": { type: "string" },
      offline: { type: "boolean", default: false },
      fail: { type: "string", multiple: true, default: [] },
      seed: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const faults: Faults = {
    readOnce: values["read-once"],
    offline: values.offline,
    failRate: readRates(values.fail),
    ...optional("latencyMs", readDuration("latency-ms", values["latency-ms"])),
    ...optional("queueDelayMs", readDuration("queue-delay-ms", values["queue-delay-ms"])),
    ...optional("seed", readNumber("seed", values.seed, 0, Number.MAX_SAFE_INTEGER)),
  };
  const taskSeconds = readNumber("task-seconds", values["task-seconds"], 1, Number.MAX_SAFE_INTEGER);
  const local = await startLocalService({
    ...optional("port", readNumber("port", values.port, 0, 65_535)),
    ...optional("workers", readNumber("workers", values.workers, 1, 1024)),
    ...optional("python", values.python),
    ...optional("taskTimeLimitMs", taskSeconds === undefined ? undefined : taskSeconds * 1000),
    ...optional("maxRequestsPer10s", readNumber("max-requests", values["max-requests"], 1, 1_000_000)),
    maxRecords: 0, // Nobody reads them here, and the service may run for weeks.
    faults,
    onOutput: (chunk) => void process.stderr.write(chunk),
  });
  process.stdout.write(describe(local));
  await untilStopped();
  await local.close();
  process.stdout.write("\nStopped.\n");
  process.exit(0); // What else keeps the process up, a pipe that nobody reads for one, is of no more use.
}

/** The option, where there is a value for it. */
function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [K in Key]?: Value } {
  return value === undefined ? {} : { [key]: value } as { [K in Key]?: Value };
}

function readNumber(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`Cannot use '--${name} ${text}': it must be a whole number from ${least} to ${most}`);
}

function readDuration(name: string, text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, least, most = least] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (Number(least) <= Number(most)) return [Number(least), Number(most)];
  throw new RangeError(`Cannot use '--${name} ${text}': it must be milliseconds, such as 250 or 100-900`);
}

function readRates(texts: readonly string[]): NonNullable<Faults["failRate"]> {
  return Object.fromEntries(texts.map((text) => {
    const [, kind, rate] = /^(\w+)=(\d*\.?\d+)$/.exec(text) ?? [];
    if (kind !== undefined) return [kind, Number(rate)];
    throw new RangeError(
      `Cannot use '--fail ${text}': it must be a kind and a share, such as serverError=0.1`,
    );
  }));
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

function describe(local: LocalService): string {
  return `Globus Compute on this machine (Ctrl-C stops it)

  address    ${local.baseUrl}
  issuer     ${local.issuer}
  endpoint   ${local.endpointId}
  client     ${local.clientId}, with the secret ${local.clientSecret}
  token      ${local.accessToken}
  workers    ${local.workers}, Python ${local.pythonVersion}

Paste this into another terminal, in this folder:

npx -y deno@2.9.6 eval '
import { callFunction, clientCredentials, createClient, registerSource } from "@edge-compute/globus";
const issuer = "${local.issuer}";
const clientSecret = "${local.clientSecret}";
const authorizer = clientCredentials({ issuer, clientId: "${local.clientId}", clientSecret });
const client = createClient({ baseUrl: "${local.baseUrl}", authorizer });
const functionId = await registerSource(client, { source: "def double(x): return 2 * x" });
console.log(await callFunction(client, { endpointId: "${local.endpointId}", functionId, args: [21] }));
'

To act for yourself, log in; its page asks for the secret:

npx -y deno@2.9.6 task login --issuer ${local.issuer} --client-id ${local.nativeClientId}

What tasks print follows.
`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
