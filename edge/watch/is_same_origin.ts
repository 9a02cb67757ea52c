/**
 * Whether a request that changes something was made by a page of this origin, or by no page at all. A browser sends
 * an operator's password along with whatever a foreign page has it send; but it says where that came from.
 */
export function isSameOrigin(headers: Headers, baseUrl: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  return origin === null || origin === new URL(baseUrl).origin;
}
