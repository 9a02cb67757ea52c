import type { ResourceSpecification, SubmitOptions } from "../../mod.ts";
import type { EndpointValues } from "./options/task_options.ts";

/** What `--config` and `--resources` say of a submission; that they are JSON objects has been checked. */
export function submissionOptions({ config, resources }: EndpointValues): SubmitOptions {
  return {
    ...(config === undefined ? {} : { userEndpointConfig: JSON.parse(config) as Record<string, unknown> }),
    ...(resources === undefined
      ? {}
      : { resourceSpecification: JSON.parse(resources) as ResourceSpecification }),
  };
}
