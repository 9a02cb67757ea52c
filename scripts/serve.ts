/**
 * Runs the edge handler on this machine until it is stopped: `deno task serve [--hooks FILE] [--port N] [--store FILE]`,
 * or on Node `npx tsx scripts/serve.ts`. Its settings are in the environment: see `edge/configuration.ts`.
 */
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { CreateHooks } from "../edge/configuration.ts";
import { SettingsError } from "../edge/read_variables.ts";
import { startEdgeServer } from "../edge/server.ts";

const DEFAULT_PORT = 8080;

const HELP = `Turns webhooks into batches of tasks, and delivers their results.

  --hooks FILE   a module that exports createHooks(env) (default edge/hooks.ts)
  --port N       the port to listen on; 0 takes a free one (default ${DEFAULT_PORT})
  --host NAME    the address to listen on (default 127.0.0.1: put a proxy with TLS before it)
  --store FILE   the SQLite file of deliveries, batches and results (default edge-store.sqlite)
  --help         this text

Settings are in the environment: edge/configuration.ts and the hooks file name them. What is missing is told at the start.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      hooks: { type: "string" },
      port: { type: "string", default: String(DEFAULT_PORT) },
      host: { type: "string", default: "127.0.0.1" },
      store: { type: "string", default: "edge-store.sqlite" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const server = await startEdgeServer({
    env: process.env,
    createHooks: await readHooks(values.hooks),
    storeFile: values.store,
    port: readPort(values.port),
    host: values.host,
    onLine: (line) => void process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`Listening on http://${server.host}:${server.port}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  process.stdout.write("Stopping\n");
  await server.close();
  process.exit(0); // What else keeps the process up, a pipe that nobody reads for one, is of no more use.
}

async function readHooks(file: string | undefined): Promise<CreateHooks> {
  const url = file === undefined
    ? new URL("../edge/hooks.ts", import.meta.url)
    : pathToFileURL(resolve(file));
  const module = await import(url.href).catch((cause) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new SettingsError([`the hooks file '${file}' cannot be loaded: ${detail.split("\n")[0]}`]);
  });
  if (typeof module.createHooks === "function") return module.createHooks;
  throw new SettingsError([`the hooks file '${file}' exports no function 'createHooks'`]);
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new RangeError(`Cannot use '--port ${text}': it must be a whole number from 0 to 65535`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
