import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { outputOptions, serviceOptions, timeoutOption } from "./shared_options.ts";

/** The arguments of `whoami`. */
export const whoamiOptions = command(
  "whoami",
  object({
    kind: constant("whoami"),
    timeoutMs: timeoutOption("How long it may take."),
    service: serviceOptions,
    output: outputOptions,
  }),
  {
    brief: message`Show who the other commands act for.`,
    description:
      message`Asks the authorization server who the credentials are of that the other commands use: those of the environment where it has some, else your login.`,
  },
);

/** What {@linkcode whoamiOptions} read. */
export type WhoamiValues = InferValue<typeof whoamiOptions>;
