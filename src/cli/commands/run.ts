import { asCompleted, batchRun, type Client, ComputeTimeoutError, type TaskOutcome } from "../../../mod.ts";
import type { CliContext } from "../cli_context.ts";
import { connect } from "../connect.ts";
import { describeProgress } from "../describe_progress.ts";
import { EXIT } from "../exit_codes.ts";
import { readFunctionFile, registerFile, withFunction } from "../function_file.ts";
import { jsonPayload } from "../json_payload.ts";
import { openStore } from "../open_store.ts";
import type { RunValues } from "../options/run_options.ts";
import { printOutcome } from "../print_outcome.ts";
import { startProgressBar } from "../progress_bar.ts";
import { submissionOptions } from "../submission_options.ts";

/** Runs a function once. */
export async function run(context: CliContext, values: RunValues): Promise<number> {
  const { signal } = context;
  const { endpointId } = values.endpoint;
  const options = submissionOptions(values.endpoint);
  const file = await readFunctionFile(values.function);
  const payload = jsonPayload({ args: `[${values.args.join(",")}]`, kwargs: values.kwargs ?? "{}" });
  const { client } = connect(context, values.service, await openStore(context, false));
  const { functionId, receipt } = await withFunction(
    () => registerFile(context, client, file, values.function),
    async (functionId) => ({
      functionId,
      receipt: await batchRun(client, { endpointId, ...options, tasks: [{ functionId, payload }] }, {
        signal,
      }),
    }),
  );
  const taskId = receipt.taskIds[0] as string;
  if (values.detach) {
    if (context.isJson) context.printJson({ taskId, taskGroupId: receipt.taskGroupId, functionId });
    else context.print(taskId);
    return EXIT.ok;
  }
  context.say(`Task ${taskId} of function ${functionId}`);
  try {
    return printOutcome(context, await waitForOutcome(context, client, receipt, values.timeoutMs));
  } catch (error) {
    context.say(`The task goes on: '${context.command} status ${taskId} --wait' picks it up`);
    throw error;
  }
}

async function waitForOutcome(
  context: CliContext,
  client: Client,
  receipt: { endpointId: string; taskIds: string[] },
  timeoutMs: number | undefined,
): Promise<TaskOutcome> {
  const bar = startProgressBar(context, {
    total: 1,
    value: 0,
    note: "submitted",
  });
  try {
    const options = {
      signal: context.signal,
      timeoutMs,
      onProgress: (progress: Parameters<typeof describeProgress>[0]) =>
        bar.update(0, describeProgress(progress).replace(/ 1$/, "")),
    };
    for await (const outcome of asCompleted(client, receipt, options)) return outcome;
    throw new ComputeTimeoutError("The wait ended without an outcome", { timeoutMs: timeoutMs ?? Infinity });
  } finally {
    bar.stop();
  }
}
