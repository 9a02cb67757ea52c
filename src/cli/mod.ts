#!/usr/bin/env node
/**
 * The command line: functions on supercomputers from a terminal, on Deno, Node and Bun.
 *
 * ```text
 * npx @edge-compute/globus COMMAND …                        or, once: npm install -g @edge-compute/globus
 * deno run -A jsr:@edge-compute/globus/cli COMMAND …        or, once: deno install -gA -n globus-edge jsr:@edge-compute/globus/cli
 *
 * login       logs you in, in the browser             endpoints   lists your endpoints, or shows one
 * logout      revokes your tokens                     run         runs a function once
 * whoami      tells who the other commands act for    batch       runs a function for each row of a file
 * local       runs a service on this machine          status      tells what became of tasks
 * generate    makes types from an OpenAPI document    completion  for bash, zsh, fish and others
 * ```
 *
 * Installed, the program is called `globus-edge`; `globus-edge COMMAND --help` tells all options.
 *
 * ```text
 * globus-edge login --client-id ID
 * globus-edge run sim.py:simulate --endpoint ID --args 0.5 --kwargs '{"steps": 1000}'
 * globus-edge batch sim.py:simulate --endpoint ID --from rows.csv --out results.jsonl
 * eval "$(globus-edge completion bash)"
 * ```
 *
 * **Who it acts for.** The credentials of the environment where it has some (`GLOBUS_COMPUTE_CLIENT_ID` with
 * `GLOBUS_COMPUTE_CLIENT_SECRET`, or `GLOBUS_COMPUTE_ACCESS_TOKEN`), else the login of this machine. No secret is taken
 * from the arguments, and none is printed but those of a `local` service. The service is that of `--base-url` or
 * `--environment`, else of `GLOBUS_SDK_SERVICE_URL_COMPUTE` or `GLOBUS_SDK_ENVIRONMENT`.
 *
 * **Arguments.** `--args` and `--kwargs` are JSON, and Python reads it as it is written: `1` is an `int`, `1.0` a `float`,
 * and an integer has any size. In a CSV file the first line names the keyword arguments; a cell that is a number of
 * JSON is one, unless `--strings` is there, and all else is text: `007`, `+1`, `.5`, `true` and an empty cell too. In a
 * file of JSON lines an object has keyword arguments, an array positional ones.
 *
 * **Batches.** Killed and started again, `batch` picks the same tasks up: nothing is submitted twice, and no result
 * is written twice. Where it was killed while rows were on their way, nobody knows whether they were taken: it
 * collects all others, and ends with 5; `--resend` sends those again. The same rows, function, endpoint and account
 * are the same batch, unless `--key` gives it a name. What it knows of one is kept for two weeks, as long as the
 * service keeps tasks, below `~/.globus_compute` or `GLOBUS_COMPUTE_USER_DIR`; so is each result, as the service may
 * hand one over only once.
 *
 * **Output.** Results go to standard output; messages, progress and errors to standard error, in colours on a terminal
 * unless `NO_COLOR` is set. With `--json` standard output has one line of JSON and nothing else, of an error too:
 * `{"error":{"exitCode":3,"message":"…","code":"ERR_COMPUTE_AUTHORIZATION"}}`. A value of Python's that JSON has no form
 * for is an object with `$python`, the name of its type, as a webhook's receiver gets it from `./edge`:
 * `{"$python":"float","text":"nan"}`, `{"$python":"bytes","base64":"…"}`.
 *
 * | it ends with | when |
 * |---|---|
 * | 0 | all is well |
 * | 1 | a task failed, or its result cannot be had |
 * | 2 | an argument or a file cannot be used; nothing was sent because of it |
 * | 3 | there are no credentials, or they were refused |
 * | 4 | the service cannot be reached, or answered with an error |
 * | 5 | tasks may or may not have been submitted, or only some were; nothing is sent twice |
 * | 6 | tasks have no outcome yet, or `--timeout` is over; they go on |
 * | 70 | a fault of this program |
 * | 130 | it was interrupted; tasks go on |
 *
 * ## The same from a program
 *
 * ```ts
 * import { main } from "@edge-compute/globus/cli";
 *
 * export async function endpointsAsJson(): Promise<string> {
 *   let text = "";
 *   const stdout = { write: (part: string) => text += part };
 *   const code = await main(["endpoints", "--json"], { stdin: [], stdout, stderr: stdout, env: {} });
 *   return code === 0 ? text : "[]";
 * }
 * ```
 *
 * @module
 */
import process from "node:process";
import { isMainModule } from "./is_main_module.ts";
import { runAsProgram } from "./run_as_program.ts";

export { main } from "./main.ts";

export type { CliIo, OutputStream } from "./cli_io.ts";

if (isMainModule(import.meta)) void runAsProgram(process.argv.slice(2));
