import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { valueArgument, valueOption } from "./named_option.ts";
import { outputOptions, serviceOptions, timeoutOption } from "./shared_options.ts";
import { filePath } from "./value_parsers.ts";

/** The arguments of `generate`. */
export const generateOptions = command(
  "generate",
  object({
    kind: constant("generate"),
    source: optional(valueArgument(
      filePath("FILE_OR_URL", { extensions: [".yaml", ".yml", ".json"] }),
      message`An OpenAPI 3 document, YAML or JSON (default: /openapi.json of the service).`,
    )),
    out: valueOption(
      "--out",
      filePath("DIR", { type: "directory" }),
      message`The directory; it is made where it is not there.`,
    ),
    timeoutMs: timeoutOption("How long it may take to fetch the document (default 30)."),
    service: serviceOptions,
    output: outputOptions,
  }),
  {
    brief: message`Make TypeScript types from the service's OpenAPI document.`,
    description:
      message`Writes compute.ts, the types of all routes of the Compute service for openapi-fetch, from its OpenAPI document or another one: for calls that this module has no function for. It needs the packages openapi-typescript and yaml.`,
  },
);

/** What {@linkcode generateOptions} read. */
export type GenerateValues = InferValue<typeof generateOptions>;
