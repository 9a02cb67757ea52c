import type { EdgeContext } from "../context.ts";
import { pageResponse } from "./page/page_response.ts";
import { readBatch } from "./read_batch.ts";
import { RECENT_PREFIX } from "../records/keys.ts";
import { operatorPage } from "./page/operator_page.ts";
import { refuseAccess } from "./refuse_access.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { listDocument } from "./list_document.ts";
import { findAccess } from "./find_access.ts";
import { basePath, batchAddresses } from "./batch_addresses.ts";

const BATCHES_ON_A_PAGE = 25;
/** A place in the list, as `recentKey` makes it: anything else is none, and no text of a stranger's is in a key. */
const PLACE = /^\d{13}\/[\w.-]{1,128}$/;
/** Which of the two it is depends on what is asked for. */
const HEADERS = { vary: "accept" };

/** The hooks and the batches for an operator, as a page or, for a program, as JSON. */
export async function operatorAnswer(context: EdgeContext, request: Request): Promise<Response> {
  // Each browser names HTML, and a program that names neither gets the page, too.
  const accept = (request.headers.get("accept") ?? "").toLowerCase();
  const isPage = !accept.includes("application/json") || accept.includes("text/html");
  const access = await findAccess(context, request);
  if (access.state !== "granted") {
    const refused = refuseAccess(context, access.state, { isPage });
    refused.headers.append("vary", HEADERS.vary);
    return refused;
  }
  const place = new URL(request.url).searchParams.get("after") ?? "";
  const after = PLACE.test(place) ? place : undefined;
  const { batches, next } = await recentBatches(context, { after, count: BATCHES_ON_A_PAGE });
  if (!isPage) {
    const document = listDocument(context, batches, {
      self: listAddress(context.baseUrl, after),
      next: next === undefined ? undefined : listAddress(context.baseUrl, next),
    });
    return Response.json(document, { headers: { ...PRIVATE_HEADERS, ...HEADERS } });
  }
  const base = basePath(context);
  const page = operatorPage({
    hooks: context.hooks,
    batches: batches.map((record) => ({
      record,
      address: batchAddresses(base, record.id, undefined).view(),
    })),
    newestAddress: after === undefined ? undefined : listAddress(base),
    olderAddress: next === undefined ? undefined : listAddress(base, next),
  });
  return pageResponse(page, { headers: HEADERS });
}

/** The address of the list, from a place on. */
function listAddress(base: string, after?: string): string {
  return after === undefined ? `${base}/` : `${base}/?${new URLSearchParams({ after })}`;
}

/** Some batches, the newest first. */
interface RecentBatches {
  batches: BatchRecord[];
  /** Where the ones that are older begin, if there are any. */
  next: string | undefined;
}

/**
 * Reads the batches that come after a place in the list.
 *
 * @param after The place that an earlier call gave as `next`.
 */
async function recentBatches(
  context: EdgeContext,
  { after = "", count }: { after: string | undefined; count: number },
): Promise<RecentBatches> {
  const batches: BatchRecord[] = [];
  let last = after;
  for (;;) {
    // One more than are shown tells whether there are any.
    const limit = count + 1 - batches.length;
    const keys = await context.store.list(RECENT_PREFIX, { after: RECENT_PREFIX + last, limit });
    for (const key of keys) {
      if (batches.length === count) return { batches, next: last };
      last = key.slice(RECENT_PREFIX.length);
      const found = await readBatch(context, last.slice(last.indexOf("/") + 1));
      if (found !== undefined) batches.push(found.value);
    }
    if (keys.length < limit) return { batches, next: undefined };
  }
}
