import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { flagOption, valueArgument } from "./named_option.ts";
import { outputOptions, serviceOptions, timeoutOption } from "./shared_options.ts";
import { uuid } from "./value_parsers.ts";

/** The arguments of `endpoints`. */
export const endpointsOptions = command(
  "endpoints",
  object({
    kind: constant("endpoints"),
    endpointId: optional(valueArgument(uuid("ID"), message`One endpoint, with all that is known of it.`)),
    all: flagOption(["--all"], message`Those that you may use, too, and not only your own.`),
    status: flagOption(
      ["--status"],
      message`Ask each whether it is online: a request each, 20 in 10 seconds.`,
    ),
    timeoutMs: timeoutOption("How long it may take."),
    service: serviceOptions,
    output: outputOptions,
  }),
  {
    brief: message`List your endpoints, or show one.`,
    description: message`Lists your endpoints. With an ID it shows that one, and whether it is online.`,
  },
);

/** What {@linkcode endpointsOptions} read. */
export type EndpointsValues = InferValue<typeof endpointsOptions>;
