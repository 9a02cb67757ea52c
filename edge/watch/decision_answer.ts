import { membersOf } from "../../src/base/narrow.ts";
import { basePath, batchAddresses } from "./batch_addresses.ts";
import type { EdgeContext } from "../context.ts";
import type { Problem } from "../problem.ts";
import { readBody } from "../receive/read_body.ts";
import { Refusal } from "../receive/refusal.ts";
import { decide, type Decision } from "../submit/decide.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { batchAnswer } from "./batch_answer.ts";
import { findAccess } from "./find_access.ts";
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
    detail: "'decision', and nothing beside it, must be 'submitAgain', 'adopt', 'abandon' or 'remove'",
  },
};

/** Takes an operator's decision on a batch. */
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
  if ("status" in body) return watchProblem(body, { isPage });
  const access = await findAccess(context, request, { batchId, body });
  if (access.state !== "granted") return refuseAccess(context, access.state, { isPage });
  if (!access.isOperator) return watchProblem(OPERATORS_ALONE, { isPage });
  if (!isSameOrigin(request.headers, context.baseUrl)) return watchProblem(FOREIGN, { isPage });
  const sent = readDecision(body, request.headers.get("content-type"));
  if (typeof sent === "number") return watchProblem(BAD_DECISIONS[sent], { isPage });

  const outcome = await decide(context, batchId, sent.decision);
  if (outcome.state === "notFound") return watchProblem(NOT_FOUND, { isPage });
  if (outcome.state === "refused") {
    const title = "That cannot be decided now";
    return watchProblem({ status: 409, type: "not-in-doubt", title, detail: outcome.reason }, { isPage });
  }
  if (!sent.isForm) return await batchAnswer(context, request, outcome.record, access.capability);
  const { view } = batchAddresses(basePath(context), batchId, access.capability);
  return new Response(null, { status: 303, headers: { ...PRIVATE_HEADERS, location: view() } });
}

/**
 * Whether a request that changes something was made by a page of this origin, or by no page at all. A browser sends
 * an operator's password along with whatever a foreign page has it send; but it says where that came from.
 */
function isSameOrigin(headers: Headers, baseUrl: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  return origin === null || origin === new URL(baseUrl).origin;
}

const DECISIONS: readonly string[] = ["submitAgain", "adopt", "abandon", "remove"] satisfies Decision[];

/** A decision, and whether a form of a page brought it. */
interface SentDecision {
  decision: Decision;
  isForm: boolean;
}

/**
 * Reads `{"decision": "adopt"}`, or the same from a form.
 *
 * @returns Why it is none, as the status of the problem.
 */
function readDecision(body: Uint8Array, contentType: string | null): SentDecision | 400 | 415 | 422 {
  const [mediaType = ""] = (contentType ?? "").split(";");
  const isForm = mediaType.trim().toLowerCase() === "application/x-www-form-urlencoded";
  if (!isForm && mediaType.trim().toLowerCase() !== "application/json") return 415;
  let decision: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    decision = decisionOf(isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text));
  } catch {
    return 400;
  }
  return isDecision(decision) ? { decision, isForm } : 422;
}

/** The one member of the document. */
function decisionOf(document: unknown): unknown {
  const [[name, value] = [], ...others] = Object.entries(membersOf(document));
  return name === "decision" && others.length === 0 ? value : undefined;
}

function isDecision(decision: unknown): decision is Decision {
  return typeof decision === "string" && DECISIONS.includes(decision);
}
