import type { ResourceSpecification, SubmitOptions } from "../../mod.ts";
import type { EndpointValues } from "./options/task_options.ts";
import { UsageError } from "./usage_error.ts";

/** The parts of a resource specification, under the names that Python has for them. */
const PARTS: Record<string, [name: keyof ResourceSpecification, type: "number" | "string"]> = {
  num_nodes: ["numNodes", "number"],
  ranks_per_node: ["ranksPerNode", "number"],
  num_ranks: ["numRanks", "number"],
  launcher_options: ["launcherOptions", "string"],
};

/**
 * What `--config` and `--resources` say of a submission; that they are JSON objects has been checked.
 *
 * @throws {UsageError} If a part of the resources is none.
 */
export function submissionOptions({ config, resources }: EndpointValues): SubmitOptions {
  return {
    ...(config === undefined ? {} : { userEndpointConfig: JSON.parse(config) as Record<string, unknown> }),
    ...(resources === undefined ? {} : { resourceSpecification: readResources(JSON.parse(resources)) }),
  };
}

function readResources(given: Record<string, unknown>): ResourceSpecification {
  const read = Object.entries(given).map(([name, value]) => {
    const [part, type] = PARTS[name] ?? [];
    if (part !== undefined && typeof value === type) return [part, value];
    const names = Object.entries(PARTS).map(([name, [, type]]) => `${name} (a ${type})`);
    throw new UsageError(`Cannot use '--resources': it may have ${names.join(", ")}`);
  });
  if (!("num_nodes" in given)) throw new UsageError("Cannot use '--resources': num_nodes is missing");
  return Object.fromEntries(read) as ResourceSpecification;
}
