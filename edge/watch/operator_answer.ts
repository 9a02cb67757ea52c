import type { EdgeContext } from "../context.ts";
import { basePath, batchAddresses } from "./batch_addresses.ts";
import { findAccess } from "./find_access.ts";
import { operatorPage } from "./page/operator_page.ts";
import { pageResponse } from "./page/page_response.ts";
import { recentBatches } from "./recent_batches.ts";
import { refuseAccess } from "./refuse_access.ts";

const BATCHES_ON_A_PAGE = 25;

/** The hooks and the batches, as a page for an operator. */
export async function operatorAnswer(context: EdgeContext, request: Request): Promise<Response> {
  const access = await findAccess(context, request);
  if (access.state !== "granted") return await refuseAccess(context, access.state, { isPage: true });
  const base = basePath(context);
  const after = new URL(request.url).searchParams.get("after") ?? undefined;
  const { batches, next } = await recentBatches(context, { after, count: BATCHES_ON_A_PAGE });
  const page = operatorPage({
    hooks: context.hooks,
    batches: batches.map((record) => ({
      record,
      address: batchAddresses(base, record.id, undefined).view(),
    })),
    newestAddress: after === undefined ? undefined : `${base}/`,
    olderAddress: next === undefined ? undefined : `${base}/?${new URLSearchParams({ after: next })}`,
  });
  return pageResponse(page);
}
