import type { CliContext } from "../cli_context.ts";
import { EXIT } from "../exit_codes.ts";
import type { Collected } from "./collect_results.ts";
import type { SubmittedRows } from "./submit_rows.ts";

interface Finished extends Collected {
  key: string;
  out: string;
  /** How many rows there are. */
  total: number;
  submitted: SubmittedRows;
}

/** Tells what came of a batch, and returns what to end with. */
export function summarize(context: CliContext, batch: Finished): number {
  const { key, out, total, submitted: { taskGroupId, taskIds, doubt }, counts, firstFailure } = batch;
  const { success = 0, failed = 0, undecodable = 0, notFound = 0 } = counts;
  const submitted = taskIds.length;
  if (context.isJson) {
    context.printJson({
      key,
      taskGroupId,
      total,
      submitted,
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
      ...(submitted < total ? [`${total - submitted} may not have been submitted`] : []),
    ];
    context.print([`${success} of ${total} tasks succeeded`, ...bad].join(", ") + `: ${out}`);
  }
  if (firstFailure !== undefined) {
    context.say(context.paint("bad", `The first that did not, ${firstFailure}`));
  }
  if (notFound > 0) context.say("To run all rows again as new tasks, give the batch another name by --key");
  if (doubt !== undefined) {
    context.warn(context.paint("bad", `Nobody knows whether row ${submitted} and the next ones were taken`));
    context.say("With --resend they are sent again, and run twice if they were taken");
    if (taskGroupId !== undefined) {
      context.say(`What was taken, '${context.command} status --group ${taskGroupId}' tells`);
    }
    return EXIT.inDoubt;
  }
  return success === total ? EXIT.ok : EXIT.taskFailed;
}
