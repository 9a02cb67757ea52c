import { type Problem, problemResponse } from "../problem.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { messagePage } from "./page/message_page.ts";

/** What went wrong, for a program as a problem document, for a person as a page. */
export function watchProblem(problem: Problem, { isPage }: { isPage: boolean }): Response {
  if (!isPage) return problemResponse({ ...problem, headers: { ...PRIVATE_HEADERS, ...problem.headers } });
  return messagePage(problem);
}

/** The same for what is not there and for what is not shown. */
export const NOT_FOUND: Problem = {
  status: 404,
  type: "not-found",
  title: "There is nothing here",
  detail: "A batch opens with the whole of its link, and is kept for a while only",
};
