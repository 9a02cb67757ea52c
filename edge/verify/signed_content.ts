/** A part of what a signature covers. */
export type SignedPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly name: string }
  | { readonly kind: "body" };

const PARTS = /\{([^{}]*)\}|[^{}]+|[{}]/g;
const NAME = /^[a-z0-9][a-z0-9-]*$/;

/**
 * Reads what a signature covers: text as it is, `{body}`, and `{name}` for values, such as `{timestamp}.{body}`.
 *
 * @throws {TypeError} If it is not of that form, or does not cover the body once.
 */
export function parseSigned(caller: string, template: string): readonly SignedPart[] {
  const at = `'signed' of ${caller}`;
  if (typeof template !== "string") throw new TypeError(`Cannot use ${at}: it must be a text`);
  const parts = [...template.matchAll(PARTS)].map(([text, name]): SignedPart => {
    if (name === "body") return { kind: "body" };
    if (name !== undefined && NAME.test(name)) return { kind: "value", name };
    if (name === undefined && text !== "{" && text !== "}") return { kind: "text", text };
    throw new TypeError(`Cannot use ${at}: braces must have 'body' or a name in lower case between them`);
  });
  if (parts.filter(({ kind }) => kind === "body").length !== 1) {
    throw new TypeError(`Cannot use ${at}: it must have '{body}' in it, once`);
  }
  return parts;
}

/** The bytes that a signature covers. What is signed is the body as it arrived, never what it was parsed to. */
export function signedContent(
  parts: readonly SignedPart[],
  body: Uint8Array<ArrayBuffer>,
  values: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  if (parts.length === 1 && parts[0]?.kind === "body") return body;
  const encoder = new TextEncoder();
  const pieces = parts.map((part) => {
    if (part.kind === "body") return body;
    return encoder.encode(part.kind === "text" ? part.text : values[part.name]);
  });
  const content = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    content.set(piece, offset);
    offset += piece.length;
  }
  return content;
}
