import type { Authorizer, BatchReceipt, Client, Store, SubmitOptions } from "../../../mod.ts";
import { batchRun, ComputeSubmissionError } from "../../../mod.ts";
import { digestOf, readJournal, writeJournal } from "../batch/batch_journal.ts";
import { claimOutput } from "../batch/claim_output.ts";
import { collectResults } from "../batch/collect_results.ts";
import { readRows } from "../batch/read_rows.ts";
import { openResultsFile, type ResultsFile } from "../batch/results_file.ts";
import { summarize } from "../batch/summarize.ts";
import type { CliContext } from "../cli_context.ts";
import { connect } from "../connect.ts";
import { type FunctionFile, readFunctionFile, registerFile, withFunction } from "../function_file.ts";
import { jsonPayload } from "../json_payload.ts";
import { openStore } from "../open_store.ts";
import type { BatchValues } from "../options/batch_options.ts";
import { submissionOptions } from "../submission_options.ts";
import { UsageError } from "../usage_error.ts";

/** Runs a function for each row of a file, or picks that up. */
export async function batch(context: CliContext, values: BatchValues): Promise<number> {
  const { out } = values;
  const options = submissionOptions(values.endpoint);
  const file = await readFunctionFile(values.function);
  const rows = await readRows(values, context.io);
  const store = await openStore(context, true);
  const { client, authorizer } = connect(context, values.service, store);
  const payloads = rows.map(jsonPayload);
  const digest = digestOf([client.baseUrl, await accountOf(authorizer), values.endpoint, file, payloads]);
  const key = values.key ?? `rows-${digest.slice(0, 24)}`;
  const results = await openResultsFile(out);
  try {
    const claim = await claimOutput(store, out);
    try {
      const job = { client, store, key, digest, file, options, payloads, results, values };
      const receipt = await submit(context, job);
      checkResults(results, receipt, out);
      const signal = AbortSignal.any([context.signal, claim.signal]);
      const collected = await collectResults(context, { client, receipt, rows, results, values, signal });
      return summarize(context, { key, out, receipt, ...collected });
    } finally {
      await claim.release();
    }
  } finally {
    await results.close();
  }
}

/** Whose the tasks are. A bare token tells nobody: the next one of the same person has to pick the batch up. */
async function accountOf(authorizer: Authorizer): Promise<string> {
  const { clientId } = await authorizer.identify?.() ?? {};
  return clientId === undefined ? "" : await authorizer.account?.() ?? "";
}

interface Job {
  client: Client;
  store: Store;
  key: string;
  digest: string;
  file: FunctionFile;
  options: SubmitOptions;
  payloads: readonly string[];
  results: ResultsFile;
  values: BatchValues;
}

async function submit(context: CliContext, job: Job): Promise<BatchReceipt> {
  const { client, store, key, digest, file, options, payloads, results, values } = job;
  const { endpointId } = values.endpoint;
  const known = await readJournal(store, key);
  if (known !== undefined && known.digest !== digest) {
    throw new UsageError(
      `Cannot use key '${key}': it stands for another batch, with another function, other rows or options; choose another name`,
    );
  }
  if (known === undefined && results.written.size > 0) {
    throw new UsageError(
      `Cannot write results to '${values.out}': it has those of another batch; name another file`,
    );
  }
  let functionId = known?.functionId;
  const register = async () => {
    functionId ??= await registerFile(context, client, file, values.function);
    await writeJournal(store, key, { functionId, digest });
    return functionId;
  };
  try {
    return await withFunction(register, (id) => {
      functionId = undefined; // Where it is not known at the service, it is registered anew.
      const tasks = payloads.map((payload) => ({ functionId: id, payload }));
      const { signal } = context;
      return batchRun(client, { endpointId, ...options, tasks }, { key, signal });
    });
  } catch (error) {
    if (error instanceof ComputeSubmissionError) sayWayOut(context, error);
    throw error;
  }
}

function sayWayOut(context: CliContext, { ambiguous }: ComputeSubmissionError): void {
  context.say(
    ambiguous
      ? "To run all rows again as new tasks, whatever became of these, give the batch another name by --key"
      : "The same command again submits the rest, and nothing twice",
  );
}

function checkResults({ written }: ResultsFile, { taskIds }: BatchReceipt, out: string): void {
  const own = new Set(taskIds);
  for (const taskId of written.keys()) {
    if (own.has(taskId)) continue;
    throw new UsageError(
      `Cannot write results to '${out}': it has those of another batch; name another file`,
    );
  }
}
