import { html } from "hono/html";
import { type Problem, problemResponse } from "../problem.ts";
import { PRIVATE_HEADERS } from "./answer_headers.ts";
import { layout } from "./page/layout.ts";
import { pageResponse } from "./page/page_response.ts";

/** What went wrong, for a program as a problem document, for a person as a page. */
export function watchProblem(problem: Problem, { isPage }: { isPage: boolean }): Response {
  const { status, title, detail, headers } = problem;
  if (!isPage) return problemResponse({ ...problem, headers: { ...PRIVATE_HEADERS, ...headers } });
  const page = layout({
    title,
    header: html`<h1>${title}</h1>`,
    main: html`
      <main id="main" tabindex="-1">
        <section class="card">${detail === undefined
          ? ""
          : html`<p>${detail}.</p>`}<p class="soft">Status ${status}</p></section>
      </main>
    `,
    hasTimes: false,
  });
  return pageResponse(page, { status, headers });
}

/** The same for what is not there and for what is not shown. */
export const NOT_FOUND: Problem = {
  status: 404,
  type: "not-found",
  title: "There is nothing here",
  detail: "A batch opens with the whole of its link, and is kept for a while only",
};
