import { html } from "hono/html";
import type { Problem } from "../../problem.ts";
import { pageResponse } from "./page_response.ts";
import { layout } from "./layout.ts";

/** What went wrong, as a page. */
export function messagePage({ status, title, detail, headers }: Problem): Response {
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
