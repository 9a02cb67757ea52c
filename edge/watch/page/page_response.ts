import { pageScriptHash, pageStyleHash } from "../../../gen/edge_page.ts";
import { PRIVATE_HEADERS } from "../answer_headers.ts";
import type { Html } from "./layout.ts";

/** A page runs its one script, wears its one style, talks to where it comes from, and stands in no frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src '${pageScriptHash}'`,
  `style-src '${pageStyleHash}'`,
  "img-src data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...PRIVATE_HEADERS,
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "x-frame-options": "DENY",
};

/** A page as an answer. */
export function pageResponse(
  page: Html,
  { status = 200, headers }: { status?: number; headers?: Readonly<Record<string, string>> | undefined } = {},
): Response {
  return new Response(page.toString(), { status, headers: { ...PAGE_HEADERS, ...headers } });
}
