import type { TaskProgress } from "../../mod.ts";

/** What tasks wait for and how many failed, in the service's words: `running 8, waiting-for-nodes 352`. */
export function describeProgress({ counts, endpointOnline }: TaskProgress): string {
  // How many are done stands beside it.
  const waiting = Object.entries(counts).filter(([status]) => status !== "success")
    .sort(([, one], [, other]) => other - one)
    .map(([status, count]) => `${status} ${count}`);
  return [...(endpointOnline === false ? ["the endpoint is offline"] : []), ...waiting].join(", ");
}
