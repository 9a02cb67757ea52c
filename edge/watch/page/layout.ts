import { pageScript, pageStyle } from "../../../gen/edge_page.ts";
import { html, raw } from "hono/html";

/** A piece of a page, whose text has been escaped. */
export type Html = ReturnType<typeof html>;

/** A ring that is three quarters full. */
const ICON = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="6" stroke-linecap="round">' +
    '<circle cx="16" cy="16" r="11" stroke="#9db6d1"/><path d="M16 5a11 11 0 1 1-11 11" stroke="#1d5fa8"/></svg>',
);

/** What a page is made of. */
export interface PageParts {
  /** What stands in the tab. */
  title: string;
  header: Html;
  main: Html;
  /** Where the page reloads itself from, where there is no script to keep it up to date. */
  reloadFrom?: string;
  /** Whether the script has something to do. */
  isLive?: boolean;
  hasTimes?: boolean;
}

const RELOAD_SECONDS = 10;

/** A whole page. */
export function layout(
  { title, header, main, reloadFrom, isLive = false, hasTimes = true }: PageParts,
): Html {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="${ICON}">
    ${reloadFrom === undefined ? "" : reload(reloadFrom)}
    <style>${raw(pageStyle)}</style>
      </head>
      <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header>${header}</header>
    ${main}
    ${hasTimes
      ? html`
        <footer>
          <p>Times are in UTC.</p>
        </footer>
      `
      : ""}
    ${isLive ? html`<script>${raw(pageScript)}</script>` : ""}
      </body>
    </html>
  `;
}

function reload(address: string): Html {
  return html`<noscript><meta http-equiv="refresh" content="${RELOAD_SECONDS}; url=${address}"></noscript>`;
}
