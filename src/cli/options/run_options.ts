import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { flagOption, valueOption } from "./named_option.ts";
import { outputOptions, serviceOptions, timeoutOption } from "./shared_options.ts";
import { endpointOptions, functionArgument } from "./task_options.ts";
import { json } from "./value_parsers.ts";

/** The arguments of `run`. */
export const runOptions = command(
  "run",
  object({
    kind: constant("run"),
    function: functionArgument,
    args: multiple(valueOption(
      "--args",
      json("JSON"),
      message`A positional argument; again for the next one. Python reads it as it is written: 1 is an int, 1.0 a float, '"text"' a str.`,
    )),
    kwargs: optional(valueOption(
      "--kwargs",
      json("JSON", { isObject: true }),
      message`Keyword arguments, as one object: '{"steps": 1000}'.`,
    )),
    detach: flagOption(["--detach"], message`Print the id of the task, and do not wait.`),
    timeoutMs: timeoutOption("How long to wait; the task goes on."),
    endpoint: endpointOptions,
    service: serviceOptions,
    output: outputOptions,
  }),
  {
    brief: message`Run a function once, and print what it returns.`,
    description:
      message`Runs a Python function at an endpoint, and prints what it returns: a str as it is, all else as JSON. The traceback of a function that raises goes to standard error.`,
  },
);

/** What {@linkcode runOptions} read. */
export type RunValues = InferValue<typeof runOptions>;
