import type { EdgeContext } from "../context.ts";
import { batchPath } from "./batch_link.ts";
import type { TaskRange } from "./task_range.ts";

/** Where a batch is seen. */
export interface BatchAddresses {
  self(range?: TaskRange): string;
  view(range?: TaskRange): string;
  events(range?: TaskRange): string;
  resultsJson: string;
  resultsCsv: string;
  decision: string;
}

/**
 * The addresses of a batch, with the capability where one is needed again.
 *
 * @param base What they begin with: the base URL, or its path alone, for a page that may be reached by other names.
 */
export function batchAddresses(
  base: string,
  batchId: string,
  capability: string | undefined,
): BatchAddresses {
  const at = (path: string, range?: TaskRange) => {
    const query = new URLSearchParams({
      ...(capability === undefined ? {} : { capability }),
      ...(range === undefined ? {} : { start: String(range.start), count: String(range.count) }),
    });
    return `${base}${batchPath(batchId)}${path}${query.size === 0 ? "" : `?${query}`}`;
  };
  return {
    self: (range) => at("", range),
    view: (range) => at("/view", range),
    events: (range) => at("/events", range),
    resultsJson: at("/results.json"),
    resultsCsv: at("/results.csv"),
    decision: at("/decision"),
  };
}

/** The path of the base URL, without a slash at its end: what addresses on a page begin with. */
export function basePath({ baseUrl }: EdgeContext): string {
  return new URL(baseUrl).pathname.replace(/\/+$/, "");
}
