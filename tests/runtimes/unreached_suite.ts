/**
 * What a client tells of a service that it does not reach, or loses: it uses what all runtimes have. Deno, Node, Bun and
 * workerd run it as it is.
 */
import {
  accessToken,
  ComputeNetworkError,
  ComputeSubmissionError,
  createClient,
  runTask,
} from "../../mod.ts";

/** What a submission came to: the service was surely not reached, or nobody knows whether it has the task. */
export type Verdict = "unreached" | "in doubt" | string;

const TASK = {
  endpointId: "4b116d3c-1703-4f8f-9f6f-39921e5864df",
  functionId: "00000000-0000-4000-8000-000000000007",
};

/** Submits a task to each address, and gives what came of it by the address's name. */
export async function runSuite(addresses: Record<string, string>): Promise<Record<string, Verdict>> {
  const verdicts = Object.entries(addresses).map(async ([name, baseUrl]) => {
    const client = createClient({ authorizer: accessToken("token"), baseUrl, maxAttempts: 1 });
    return [name, await runTask(client, TASK).then(String, verdictOf)] as const;
  });
  return Object.fromEntries(await Promise.all(verdicts));
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof ComputeSubmissionError && error.ambiguous) return "in doubt";
  return error instanceof ComputeNetworkError && error.unreached ? "unreached" : String(error);
}
