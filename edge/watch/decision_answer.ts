import type { EdgeContext } from "../context.ts";
import type { Problem } from "../problem.ts";
import { readBody } from "../receive/read_body.ts";
import { Refusal } from "../receive/refusal.ts";
import { decide } from "../submit/decide.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { basePath, batchAddresses } from "./batch_addresses.ts";
import { batchAnswer } from "./batch_answer.ts";
import { findAccess } from "./find_access.ts";
import { isSameOrigin } from "./is_same_origin.ts";
import { readDecision } from "./read_decision.ts";
import { refuseAccess } from "./refuse_access.ts";
import { NOT_FOUND, watchProblem } from "./watch_problem.ts";

const MAX_BODY_BYTES = 1_024;

const FOREIGN: Problem = {
  status: 403,
  type: "foreign-origin",
  title: "Another site may not decide",
  detail: "Decide on the page of the batch itself",
};
const OPERATORS_ALONE: Problem = {
  status: 403,
  type: "operators-alone",
  title: "An operator alone decides",
  detail: "A link lets you look at a batch, and no more",
};
const BAD_DECISIONS: Readonly<Record<400 | 415 | 422, Problem>> = {
  400: { status: 400, type: "bad-body", title: "The request cannot be read" },
  415: {
    status: 415,
    type: "unsupported-media-type",
    title: "A decision comes as JSON or from a form",
    headers: { "accept-post": "application/json, application/x-www-form-urlencoded" },
  },
  422: {
    status: 422,
    type: "bad-decision",
    title: "There is no such decision",
    detail: "'decision', and nothing beside it, must be 'submitAgain', 'adopt' or 'abandon'",
  },
};

/** Takes an operator's decision on a batch in doubt. */
export async function decisionAnswer(
  context: EdgeContext,
  request: Request,
  batchId: string,
): Promise<Response> {
  const { clock, limits: { bodyTimeoutMs } } = context;
  const isPage = request.headers.get("accept")?.includes("text/html") === true;
  const body = await readBody(request, { clock, maxBodyBytes: MAX_BODY_BYTES, bodyTimeoutMs })
    .catch((error: unknown) => {
      if (error instanceof Refusal) return { ...error.problem, title: "The decision cannot be read" };
      throw error;
    });
  if ("status" in body) return await watchProblem(body, { isPage });
  const access = await findAccess(context, request, { batchId, body });
  if (access.state !== "granted") return await refuseAccess(context, access.state, { isPage });
  if (!access.isOperator) return await watchProblem(OPERATORS_ALONE, { isPage });
  if (!isSameOrigin(request.headers, context.baseUrl)) return await watchProblem(FOREIGN, { isPage });
  const sent = readDecision(body, request.headers.get("content-type"));
  if (typeof sent === "number") return await watchProblem(BAD_DECISIONS[sent], { isPage });

  const outcome = await decide(context, batchId, sent.decision);
  if (outcome.state === "notFound") return await watchProblem(NOT_FOUND, { isPage });
  if (outcome.state === "refused") {
    const title = "The batch cannot be decided on";
    return await watchProblem({ status: 409, type: "not-in-doubt", title, detail: outcome.reason }, {
      isPage,
    });
  }
  if (!sent.isForm) return await batchAnswer(context, request, outcome.record, access.capability);
  const { view } = batchAddresses(basePath(context), batchId, access.capability);
  return new Response(null, { status: 303, headers: { ...PRIVATE_HEADERS, location: view() } });
}
