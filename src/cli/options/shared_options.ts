import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import type { Environment } from "../../../mod.ts";
import { flagOption, valueOption } from "./named_option.ts";
import { filledText, oneOf, seconds } from "./value_parsers.ts";

const ENVIRONMENTS: readonly [Environment, ...Environment[]] = [
  "production",
  "preview",
  "dev",
  "local",
  "sandbox",
  "test",
  "integration",
  "staging",
];

/** What each command says about its output. */
export const outputOptions = group(
  "Output",
  object({
    json: flagOption(["--json"], message`JSON on standard output, and nothing else there.`, "usage"),
    quiet: flagOption(
      ["-q", "--quiet"],
      message`No progress and no messages on standard error, but errors.`,
      "usage",
    ),
  }),
);

/** Who the authorization server is. */
export const issuerOption = optional(valueOption(
  "--issuer",
  filledText("URL"),
  message`The authorization server, where it is not Globus Auth: a local service's for one (GLOBUS_SDK_SERVICE_URL_AUTH).`,
  "usage",
));

/** Which service is meant. */
export const serviceOptions = group(
  "Service",
  object({
    baseUrl: optional(valueOption(
      "--base-url",
      filledText("URL"),
      message`The address of the service (GLOBUS_SDK_SERVICE_URL_COMPUTE).`,
      "usage",
    )),
    environment: optional(valueOption(
      "--environment",
      oneOf("NAME", ENVIRONMENTS),
      message`A deployment of the service that has a name, in the place of its address (GLOBUS_SDK_ENVIRONMENT).`,
      "usage",
    )),
    issuer: issuerOption,
  }),
);

/** How long a command may take. */
export function timeoutOption(what: string): ReturnType<typeof makeTimeout> {
  return makeTimeout(what);
}

function makeTimeout(what: string) {
  return optional(valueOption("--timeout", seconds(), [{ type: "text", text: what }], "usage"));
}

/** What {@linkcode serviceOptions} read. */
export type ServiceValues = InferValue<typeof serviceOptions>;
