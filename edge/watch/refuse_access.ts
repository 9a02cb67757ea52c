import type { EdgeContext } from "../context.ts";
import type { Problem } from "../problem.ts";
import type { Access } from "./find_access.ts";
import { NOT_FOUND, watchProblem } from "./watch_problem.ts";

const REALM = 'realm="batches"';

const EXPIRED: Problem = {
  status: 403,
  type: "link-expired",
  title: "This link has expired",
  detail: "Ask whoever runs this service for a new one: the page of the batch has it for operators",
};
const UNAVAILABLE: Problem = {
  status: 503,
  type: "verifier-unavailable",
  title: "Nobody can tell now who you are",
  detail: "What vouches for you does not answer: try again in a while",
  headers: { "retry-after": "10" },
};
const UNAUTHORIZED: Problem = {
  status: 401,
  type: "unauthorized",
  title: "This opens with a link, or to those who are known here",
  detail: "Use the whole of the link, or send your token: as a bearer, or in a browser as the password",
};

/**
 * The answer to somebody who is not let in. It depends on what was sent alone, never on whether there is such a batch.
 */
export function refuseAccess(
  { options: { operator, viewer } }: EdgeContext,
  state: Exclude<Access["state"], "granted">,
  { isPage }: { isPage: boolean },
): Response {
  if (state === "expired") return watchProblem(EXPIRED, { isPage });
  if (state === "unavailable") return watchProblem(UNAVAILABLE, { isPage });
  // Where nobody is known, a link alone opens it: a question for a password would lead nowhere.
  if (operator === undefined && viewer === undefined) return watchProblem(NOT_FOUND, { isPage });
  // A browser asks for a name and a password, and has no other way to be let in without a script.
  const challenge = isPage ? `Basic ${REALM}, charset="UTF-8"` : `Bearer ${REALM}`;
  return watchProblem({ ...UNAUTHORIZED, headers: { "www-authenticate": challenge } }, { isPage });
}
