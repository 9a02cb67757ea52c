/** What a problem is about, beside its status. */
export interface Problem {
  /** The HTTP status. */
  status: number;
  /** The last part of its type, such as `payload-too-large`: what a program tells problems apart by. */
  type: string;
  /** What is wrong, the same for each of this type. */
  title: string;
  /** What is wrong with this request. */
  detail?: string;
  /** More members of the document. */
  members?: Readonly<Record<string, unknown>>;
  /** More header fields. */
  headers?: Readonly<Record<string, string>>;
}

/** Where the types of problems are explained: the page names each of them. */
const TYPE_BASE = "urn:edge-compute:problem:";

/** The request came with another method than these. */
export function methodNotAllowed(allow: string): Problem {
  return {
    status: 405,
    type: "method-not-allowed",
    title: "This takes other methods",
    detail: `It takes ${allow}`,
    headers: { allow },
  };
}

/** An answer that says what went wrong, as RFC 9457 has it. */
export function problemResponse({ status, type, title, detail, members, headers }: Problem): Response {
  const document = {
    type: `${TYPE_BASE}${type}`,
    title,
    status,
    detail,
    ...members,
  };
  return new Response(JSON.stringify(document), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}
