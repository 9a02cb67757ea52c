import { object } from "@optique/core/constructs";
import { lineBreak, message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { flagOption, valueOption } from "./named_option.ts";
import { outputOptions, serviceOptions, timeoutOption } from "./shared_options.ts";
import { endpointOptions, functionArgument } from "./task_options.ts";
import { filePath, filledText, oneOf } from "./value_parsers.ts";

/** The arguments of `batch`. */
export const batchOptions = command(
  "batch",
  object({
    kind: constant("batch"),
    function: functionArgument,
    from: valueOption(
      "--from",
      filePath("FILE", { extensions: [".csv", ".tsv", ".jsonl", ".ndjson"] }),
      message`The rows, a task each: .csv, .tsv, or JSON lines (.jsonl, .ndjson); - for standard input, with --format.`,
    ),
    out: valueOption(
      "--out",
      filePath("FILE"),
      message`Where a line of JSON goes for each result, as soon as it is there.`,
    ),
    format: optional(valueOption(
      "--format",
      oneOf("NAME", ["csv", "tsv", "jsonl"]),
      message`What the rows are, where the name of the file does not tell.`,
    )),
    delimiter: optional(valueOption(
      "--delimiter",
      filledText("CHARACTER"),
      message`What stands between the cells of a CSV file, where it is no comma.`,
    )),
    strings: flagOption(["--strings"], message`Keep the cells of a CSV file text, numbers too.`),
    key: optional(valueOption(
      "--key",
      filledText("NAME"),
      message`A name of your own for this batch. Without it, the same rows for the same function and endpoint are the same batch; with another one they run again.`,
    )),
    resend: flagOption(
      ["--resend"],
      message`Send rows again of which nobody knows whether they were taken, as the process was killed while they were on their way: they may run twice.`,
    ),
    timeoutMs: timeoutOption("How long to wait; the tasks go on, and the same command picks them up."),
    endpoint: endpointOptions,
    service: serviceOptions,
    output: outputOptions,
  }),
  {
    brief: message`Run a function for each row of a file; killed and started again, it goes on.`,
    description:
      message`Runs a Python function for each row of a file, and writes a line of JSON for each result, in order of completion: {"index": 0, "taskId": …, "state": "success", "result": …, "kwargs": …}. Rows are counted from 0.

The same command again picks the same tasks up, whatever ended it: nothing is submitted twice, and no result is written twice.

CSV: the first line names the keyword arguments. A cell that is a number of JSON is one, and Python reads it as it is written: 1 is an int, 1.0 and 1e3 are floats. 007, +1 and .5 are none of JSON's, and stay text; so do true, null and an empty cell. Blanks around a cell do not count.${lineBreak()}JSON lines: an object has keyword arguments, an array positional ones.`,
  },
);

/** What {@linkcode batchOptions} read. */
export type BatchValues = InferValue<typeof batchOptions>;
