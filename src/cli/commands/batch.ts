import { keyPart } from "../../base/key_part.ts";
import { type Authorizer, type Client, ComputeSubmissionError } from "../../../mod.ts";
import { digestOf, readJournal } from "../batch/batch_journal.ts";
import { collectResults } from "../batch/collect_results.ts";
import { readRows } from "../batch/read_rows.ts";
import { nameOfFile, openResultsFile, type ResultsFile } from "../batch/results_file.ts";
import { type RowsJob, submitRows } from "../batch/submit_rows.ts";
import { summarize } from "../batch/summarize.ts";
import { type HeldClaim, withClaim } from "../batch/with_claim.ts";
import type { CliContext } from "../cli_context.ts";
import { connect } from "../connect.ts";
import { readFunctionFile, registerFile } from "../function_file.ts";
import { type JsonArguments, jsonPayload } from "../json_payload.ts";
import { openStore } from "../open_store.ts";
import type { BatchValues } from "../options/batch_options.ts";
import { submissionOptions } from "../submission_options.ts";
import { UsageError } from "../usage_error.ts";

/** Runs a function for each row of a file, or picks that up. */
export async function batch(context: CliContext, values: BatchValues): Promise<number> {
  const { out } = values;
  const { endpointId } = values.endpoint;
  const options = submissionOptions(values.endpoint);
  const file = await readFunctionFile(values.function);
  const rows = await readRows(values, context.io);
  const store = await openStore(context, true);
  const { client: { baseUrl }, authorizer } = connect(context, values.service);
  const payloads = rows.map(jsonPayload);
  const digest = await digestOf([baseUrl, await accountOf(authorizer), values.endpoint, file, payloads]);
  const key = values.key ?? `rows-${digest.slice(0, 24)}`;
  const register = (client: Client) => registerFile(context, client, file, values.function);
  const job = { store, key, digest, endpointId, options, payloads };
  const output = { name: `file/${await nameOfFile(out)}`, what: `write results to '${out}'` };
  const running = { name: `batch/${await keyPart(key)}`, what: `run the batch '${key}'` };
  const waiting = { signal: context.signal, onWait: context.say };
  const work = async (ofFile: HeldClaim, ofBatch: HeldClaim) => {
    const signal = AbortSignal.any([context.signal, ofFile.lost, ofBatch.lost]);
    const { client } = connect(context, values.service, store);
    const isResending = values.resend;
    const whole = { ...job, client, register: () => register(client), isResending, signal };
    return await runBatch(context, values, rows, whole, ofFile.untilMayAct);
  };
  return await withClaim(store, output, async (ofFile) => {
    return await withClaim(store, running, (ofBatch) => work(ofFile, ofBatch), waiting);
  }, waiting);
}

/** Whose the tasks are. A bare token tells nobody: the next one of the same person has to pick the batch up. */
async function accountOf(authorizer: Authorizer): Promise<string> {
  const { clientId } = await authorizer.identify?.() ?? {};
  return clientId === undefined ? "" : await authorizer.account?.() ?? "";
}

async function runBatch(
  context: CliContext,
  values: BatchValues,
  rows: readonly JsonArguments[],
  job: RowsJob,
  untilMayWrite: () => Promise<void>,
): Promise<number> {
  const { client, store, key, endpointId, signal } = job;
  const { out } = values;
  const results = await openResultsFile(out);
  try {
    if (results.written.size > 0 && await readJournal(store, key) === undefined) throw foreign(out);
    const submitted = await submitRows(job).catch((error) => {
      if (error instanceof ComputeSubmissionError) {
        context.say("The same command again submits the rest, and nothing twice");
      }
      throw error;
    });
    checkResults(results, submitted.taskIds, out);
    const batch = { client, endpointId, submitted, rows, results, untilMayWrite, values, signal };
    const collected = await collectResults(context, batch);
    return summarize(context, { key, out, total: rows.length, submitted, ...collected });
  } finally {
    await results.close();
  }
}

function checkResults({ written }: ResultsFile, taskIds: readonly string[], out: string): void {
  const own = new Set(taskIds);
  for (const taskId of written.keys()) {
    if (!own.has(taskId)) throw foreign(out);
  }
}

function foreign(out: string): UsageError {
  return new UsageError(
    `Cannot write results to '${out}': it has those of another batch; name another file`,
  );
}
