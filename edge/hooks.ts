/**
 * The hooks: edit this file. Each is data: who may send, what an event must look like, and the batch that it becomes.
 *
 * | variable | what it says |
 * |---|---|
 * | `GITHUB_WEBHOOK_SECRETS` | the secret of the webhook on GitHub; of several, with spaces or commas between them, any |
 * | `COMPUTE_ENDPOINT_ID`, `COMPUTE_FUNCTION_ID` | where what is run: UUIDs |
 * | `RESULTS_URL`, `RESULTS_SECRET` | where results are sent, and `whsec_…` that signs them. Without them nothing is sent |
 * | `GITHUB_TOKEN` | writes the state of a batch as the status of its commit. Without it nothing is written |
 *
 * @module
 */
import * as v from "valibot";
import { defineHook, github, type Hook } from "./mod.ts";
import { readVariables, SettingsError, texts, type Variables } from "./read_variables.ts";

const SETTINGS = {
  GITHUB_WEBHOOK_SECRETS: texts(8),
  COMPUTE_ENDPOINT_ID: v.pipe(v.string(), v.uuid("must be a UUID")),
  COMPUTE_FUNCTION_ID: v.pipe(v.string(), v.uuid("must be a UUID")),
  RESULTS_URL: v.optional(v.pipe(v.string(), v.url("must be an address"))),
  RESULTS_SECRET: v.optional(v.pipe(v.string(), v.startsWith("whsec_", "must begin with 'whsec_'"))),
  GITHUB_TOKEN: v.optional(v.string()),
};

/** A push, as far as it is looked at. */
const PUSH = v.object({
  ref: v.string(),
  head_commit: v.nullable(v.object({ id: v.string() })),
  repository: v.object({ full_name: v.string(), default_branch: v.optional(v.string()) }),
});

/** Makes the hooks. */
export function createHooks(env: Variables): Record<string, Hook> {
  const settings = readVariables(env, SETTINGS);
  const { COMPUTE_ENDPOINT_ID: endpointId, COMPUTE_FUNCTION_ID: functionId } = settings;
  const { RESULTS_URL: url, RESULTS_SECRET: secret, GITHUB_TOKEN: token } = settings;
  if ((url === undefined) !== (secret === undefined)) {
    throw new SettingsError(["RESULTS_URL and RESULTS_SECRET go together: set both, or neither"]);
  }
  return {
    // A push to the default branch runs the function with the commit. GitHub posts to …/hooks/push.
    push: defineHook({
      verify: github({ secrets: settings.GITHUB_WEBHOOK_SECRETS, events: ["push"] }),
      payload: PUSH,
      endpoints: [endpointId],
      functions: [functionId],
      batch({ ref, head_commit, repository }) {
        if (head_commit === null || ref !== `refs/heads/${repository.default_branch}`) return undefined;
        return {
          endpointId,
          tasks: [{ functionId, kwargs: { repository: repository.full_name, commit: head_commit.id } }],
        };
      },
      ...(url && secret ? { deliver: { url, secret } } : {}),
      ...(token ? { commitStatus: { token } } : {}),
    }),
  };
}
