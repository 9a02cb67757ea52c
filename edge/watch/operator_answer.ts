import type { EdgeContext } from "../context.ts";
import { pageResponse } from "./page/page_response.ts";
import { readAtOnce } from "../records/json_record.ts";
import { batchKey, RECENT_PREFIX } from "../records/keys.ts";
import { nameOfVerifier, operatorPage } from "./page/operator_page.ts";
import { refuseAccess } from "./refuse_access.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { type BatchSummary, batchSummary } from "./batch_summary.ts";
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

/** The hooks and a part of the batches, as `GET /` shows them to a program of an operator. */
export interface ListDocument {
  hooks: {
    name: string;
    verifier: string | undefined;
    endpoints: readonly string[];
    functions: readonly string[];
  }[];
  batches: (BatchSummary & { links: { self: string; view: string } })[];
  links: { self: string; next: string | undefined };
}

function listDocument(
  { hooks, baseUrl }: EdgeContext,
  batches: readonly BatchRecord[],
  links: ListDocument["links"],
): ListDocument {
  return {
    hooks: [...hooks].map(([name, { verify, endpoints, functions }]) => (
      { name, verifier: nameOfVerifier(verify), endpoints, functions }
    )),
    batches: batches.map((record) => {
      const addresses = batchAddresses(baseUrl, record.id, undefined);
      return { ...batchSummary(record), links: { self: addresses.self(), view: addresses.view() } };
    }),
    links,
  };
}

/** Some batches, the newest first. */
interface RecentBatches {
  batches: BatchRecord[];
  /** Where the ones that are older begin, if there may be any. */
  next: string | undefined;
}

/** How many records a store reads at once. */
const READ_AT_ONCE = 10;
/** How many places of the list are looked at for a page at most, where the batches of some are gone. */
const MAX_PLACES = 4 * BATCHES_ON_A_PAGE;

/**
 * Reads the batches that come after a place in the list: no more of it than a few pages, so that one has fewer batches
 * where those of many places are gone.
 *
 * @param after The place that an earlier call gave as `next`.
 */
async function recentBatches(
  { store }: EdgeContext,
  { after = "", count }: { after: string | undefined; count: number },
): Promise<RecentBatches> {
  const batches: BatchRecord[] = [];
  let last = after;
  for (let seen = 0; seen < MAX_PLACES;) {
    // One more than are shown tells whether there are any.
    const limit = count + 1 - batches.length;
    const keys = await store.list(RECENT_PREFIX, { after: RECENT_PREFIX + last, limit });
    const places = keys.map((key) => key.slice(RECENT_PREFIX.length));
    const found: (BatchRecord | undefined)[] = [];
    for (let start = 0; start < places.length; start += READ_AT_ONCE) {
      const some = places.slice(start, start + READ_AT_ONCE).map((place) =>
        batchKey(place.slice(place.indexOf("/") + 1))
      );
      const records = await readAtOnce<BatchRecord[]>(store, ...some);
      found.push(...records.map((record) => record?.value));
    }
    for (const [index, place] of places.entries()) {
      if (batches.length === count) return { batches, next: last };
      last = place;
      const record = found[index];
      if (record !== undefined) batches.push(record);
    }
    if (keys.length < limit) return { batches, next: undefined };
    seen += keys.length;
  }
  return { batches, next: last };
}
