import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { valueArgument, valueOption } from "./named_option.ts";
import { filePath, json, uuid } from "./value_parsers.ts";

/** The function that `run` and `batch` call. */
export const functionArgument = valueArgument(
  filePath("FILE.py:FUNCTION", { extensions: [".py"] }),
  message`A Python file, and the function in it; the file is sent as a whole, so it has to import what it uses. Without a function, the only one that the file defines.`,
);

/** Where tasks run. */
export const endpointOptions = group(
  "Endpoint",
  object({
    endpointId: valueOption("--endpoint", uuid("ID"), message`The endpoint that runs the tasks.`),
    config: optional(valueOption(
      "--config",
      json("JSON", { isObject: true }),
      message`Values for the template by which the endpoint configures itself for you, such as an account or a partition.`,
      "usage",
    )),
    resources: optional(valueOption(
      "--resources",
      json("JSON", { isObject: true }),
      message`What an MPI task needs: {"num_nodes": 2, "ranks_per_node": 4}, or num_ranks, and launcher_options.`,
      "usage",
    )),
  }),
);

/** What {@linkcode endpointOptions} read. */
export type EndpointValues = InferValue<typeof endpointOptions>;
