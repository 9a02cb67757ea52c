/**
 * Runs a command line on a cluster, shows what it wrote, and ends with its exit code: 124 where its time was over.
 * To run it, set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET, or what `task local` prints to be pasted, and
 * `npx -y deno@2.9.6 run -A scripts/examples/shell_command.ts 'cut -d: -f7 {file} | sort | uniq -c' file=/etc/passwd`.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  callFunction,
  createClient,
  fromEnvironment,
  registerShell,
  shellResult,
} from "@edge-compute/globus";

const { values, positionals: [command = "hostname", ...settings] } = parseArgs({
  options: { walltime: { type: "string", default: "60" } },
  allowPositionals: true,
});

const baseUrl = process.env.GLOBUS_SDK_SERVICE_URL_COMPUTE ?? "https://compute.api.globus.org";
const endpointId = process.env.COMPUTE_ENDPOINT_ID ?? "4b116d3c-1703-4f8f-9f6f-39921e5864df"; // The tutorial's
const client = createClient({ baseUrl, authorizer: fromEnvironment(process.env) });

// The command is a template: {file} in it is replaced by the keyword argument of that name.
const functionId = await registerShell(client, { command, walltimeSeconds: Number(values.walltime) });
const kwargs = Object.fromEntries(settings.map((setting) => {
  const [name = "", ...rest] = setting.split("=");
  return [name, quoteForShell(rest.join("="))];
}));

// A command that fails is no failed task: its exit code and what it wrote come back as its result.
const result = shellResult(await callFunction(client, { endpointId, functionId, kwargs }));
process.stdout.write(result.stdout);
process.stderr.write(result.stderr);
process.stderr.write(`'${result.command}' ended with ${result.returnCode}\n`);
process.exitCode = result.returnCode;

/** Arguments are put into the command as they are: in quotes, a name with spaces or worse stays one word. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
