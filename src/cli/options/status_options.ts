import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { flagOption, valueArgument, valueOption } from "./named_option.ts";
import { outputOptions, serviceOptions, timeoutOption } from "./shared_options.ts";
import { uuid } from "./value_parsers.ts";

/** The arguments of `status`. */
export const statusOptions = command(
  "status",
  object({
    kind: constant("status"),
    taskIds: multiple(valueArgument(uuid("TASK_ID"), message`A task.`)),
    groupId: optional(valueOption("--group", uuid("ID"), message`All tasks of a task group.`)),
    wait: flagOption(["--wait"], message`Wait until each has an outcome.`),
    timeoutMs: timeoutOption("How long it may take, and so how long to wait."),
    service: serviceOptions,
    output: outputOptions,
  }),
  {
    brief: message`Tell what became of tasks, and what they returned.`,
    description:
      message`Tells what became of tasks. Of one task it prints what it returned, as run does; of several, a line each. It ends with 6 where one has no outcome yet, with 1 where one failed. Results are kept on this machine for two weeks, as the service may hand one over only once.`,
  },
);

/** What {@linkcode statusOptions} read. */
export type StatusValues = InferValue<typeof statusOptions>;
