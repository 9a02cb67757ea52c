import type { EdgeContext } from "../context.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { basePath, batchAddresses } from "./batch_addresses.ts";
import { findAccess } from "./find_access.ts";
import { listDocument } from "./list_document.ts";
import { operatorPage } from "./page/operator_page.ts";
import { pageResponse } from "./page/page_response.ts";
import { recentBatches } from "./recent_batches.ts";
import { refuseAccess } from "./refuse_access.ts";

const BATCHES_ON_A_PAGE = 25;
/** Which of the two it is depends on what is asked for. */
const HEADERS = { vary: "accept" };

/** The hooks and the batches for an operator, as a page or, for a program, as JSON. */
export async function operatorAnswer(context: EdgeContext, request: Request): Promise<Response> {
  // Each browser names HTML, and a program that names neither gets the page, too.
  const accept = (request.headers.get("accept") ?? "").toLowerCase();
  const isPage = !accept.includes("application/json") || accept.includes("text/html");
  const access = await findAccess(context, request);
  if (access.state !== "granted") {
    const refused = await refuseAccess(context, access.state, { isPage });
    refused.headers.append("vary", HEADERS.vary);
    return refused;
  }
  const after = new URL(request.url).searchParams.get("after") ?? undefined;
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
