import type { BatchReceipt } from "../../../mod.ts";
import type { CliContext } from "../cli_context.ts";
import { EXIT } from "../exit_codes.ts";
import type { Collected } from "./collect_results.ts";

interface Finished extends Collected {
  key: string;
  out: string;
  receipt: BatchReceipt;
}

/** Tells what came of a batch, and returns what to end with. */
export function summarize(context: CliContext, batch: Finished): number {
  const { key, out, receipt: { taskGroupId, taskIds }, counts, firstFailure } = batch;
  const { success = 0, failed = 0, undecodable = 0, notFound = 0 } = counts;
  if (context.isJson) {
    context.printJson({
      key,
      taskGroupId,
      total: taskIds.length,
      success,
      failed,
      undecodable,
      notFound,
      out,
    });
  } else {
    const bad = [
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(undecodable > 0 ? [`${undecodable} returned what cannot be read here`] : []),
      ...(notFound > 0 ? [`${notFound} the service does not know, or has forgotten`] : []),
    ];
    context.print([`${success} of ${taskIds.length} tasks succeeded`, ...bad].join(", ") + `: ${out}`);
  }
  if (firstFailure !== undefined) {
    context.say(context.paint("bad", `The first that did not, ${firstFailure}`));
  }
  if (notFound > 0) context.say(`To run all rows again as new tasks, give the batch another name by --key`);
  return success === taskIds.length ? EXIT.ok : EXIT.taskFailed;
}
