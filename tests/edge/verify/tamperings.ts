/**
 * What somebody may try who has no secret, but has seen deliveries, and what a sender that is broken may send. Each is
 * to be refused, and none is to be told from another by its answer.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { type Delivery, GITHUB, type Scheme } from "./schemes.ts";

/** Makes of an honest request one that is to be refused. */
export type Tamper = (request: Request) => Promise<Request>;

type Change = (sent: { headers: Headers; body: Uint8Array<ArrayBuffer> }) => void;
type Named<T> = readonly (readonly [name: string, value: T])[];

/**
 * Each kind of tampering with a delivery of this scheme.
 *
 * @param sent The delivery that the honest request was made of.
 */
export function tamperings(scheme: Scheme, sent: Delivery): Named<Tamper> {
  const kinds: [string, Change][] = [
    ...bodies(scheme).map((
      [name, of],
    ): [string, Change] => [name, (request) => request.body = of(request.body)]),
    ...signatures(scheme).map(([name, of]): [string, Change] => [name, ({ headers }) => {
      const value = headers.get(scheme.signatureHeader) ?? "";
      const at = value.length - scheme.signatureLength;
      headers.set(scheme.signatureHeader, of(value.slice(0, at), value.slice(at)));
    }]),
    ...headersOf(scheme),
    ...signedWrongly(scheme, sent),
    ...(scheme.isTimed ? timestamps(scheme, sent) : []),
    ...(scheme.signedIdHeader === undefined ? [] : ids(scheme, scheme.signedIdHeader, sent)),
    ...(scheme.timestampHeader === undefined ? [] : fieldKinds(scheme.timestampHeader, "the timestamp")),
  ];
  return kinds.map(([name, change]) => [name, (request) => changed(request, change)]);
}

async function changed(request: Request, change: Change): Promise<Request> {
  const sent = { headers: new Headers(request.headers), body: new Uint8Array(await request.arrayBuffer()) };
  change(sent);
  return new Request(request.url, { method: request.method, ...sent });
}

const BODIES: Named<(body: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>> = [
  [
    "a bit of the body is flipped",
    (body) => body.map((byte, at) => at === body.length >> 1 ? byte ^ 1 : byte),
  ],
  ["the first byte of the body is gone", (body) => body.slice(1)],
  ["the last byte of the body is gone", (body) => body.slice(0, -1)],
  ["a space is added to the body", (body) => new Uint8Array([...body, 0x20])],
  ["a byte order mark is put before the body", (body) => new Uint8Array([0xef, 0xbb, 0xbf, ...body])],
  ["the body is empty", () => new Uint8Array()],
  ["the body is written anew", (body) => rewritten(body)],
  ["the body is another", () => new Uint8Array(Buffer.from('{"ref":"refs/heads/evil"}'))],
  ["the body is there twice", (body) => new Uint8Array([...body, ...body])],
];

/** Changes of what the scheme signs of a body. */
function bodies({ signs }: Scheme): typeof BODIES {
  if (signs === "nothing") return [];
  return signs === "json" ? BODIES.filter(([name]) => !SAME_JSON.includes(name)) : BODIES;
}

const SAME_JSON = [
  "a space is added to the body",
  "a byte order mark is put before the body",
  "the body is written anew",
];

function rewritten(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(body);
  const spaced = JSON.stringify(JSON.parse(text), null, 1);
  return new Uint8Array(Buffer.from(spaced === text ? `${text}\n` : spaced));
}

/** Another character that may stand in a signature. */
const other = (character: string | undefined): string => character === "a" ? "b" : "a";
const swapCase = (text: string): string =>
  text.replace(
    /[a-z]/gi,
    (letter) => letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The same bytes in base64, to those who do not look at the bits beyond the last byte. */
function withUnusedBits(signature: string): string {
  return signature.replace(/.(?==)/, (last) => BASE64[BASE64.indexOf(last) + 1] ?? "");
}

function signatures(
  { encoding, signatureSeparator: separator }: Scheme,
): Named<(prefix: string, signature: string) => string> {
  return [
    ["the first character of the signature is another", (p, s) => p + other(s[0]) + s.slice(1)],
    ["a character of the signature is another", (p, s) => p + s.slice(0, 20) + other(s[20]) + s.slice(21)],
    [
      "the last characters of the signature are others",
      (p, s) => p + s.slice(0, -3) + [...s.slice(-3)].map(other).join(""),
    ],
    ["the signature is in the other case", (p, s) => p + swapCase(s)],
    ["the signature is cut in half", (p, s) => p + s.slice(0, s.length / 2)],
    ["a character of the signature is missing", (p, s) => p + s.slice(1)],
    ["characters follow the signature", (p, s) => `${p}${s}00`],
    ["a NUL in percent follows the signature", (p, s) => `${p}${s}%00`],
    ["a space is in the signature", (p, s) => `${p}${s.slice(0, 8)} ${s.slice(8)}`],
    ["a tab is in the signature", (p, s) => `${p}${s.slice(0, 1)}\t${s.slice(1)}`],
    ["a digit of the signature is a superscript one", (p, s) => `${p}\u00b2${s.slice(1)}`],
    ["the signature is of zeros", (p, s) => p + "0".repeat(s.length)],
    ["the signature is empty", (p) => p],
    ["the prefix is missing or is another", (p, s) => p === "" ? `sha256=${s}` : s],
    ["the prefix is in the other case", (p, s) => p === "" ? swapCase(s) : swapCase(p) + s],
    ["the header has 8,000 characters more", (p, s) => p + s + "a".repeat(8_000)],
    ["the header is of 8,000 characters", () => "a".repeat(8_000)],
    ["the signature is the header alone", () => "undefined"],
    ...(encoding === "base64" ? base64Signatures() : []),
    ...(separator === undefined ? singleSignature() : severalSignatures(separator)),
  ];
}

function base64Signatures(): Named<(prefix: string, signature: string) => string> {
  return [
    ["bits of the signature that mean nothing are set", (p, s) => p + withUnusedBits(s)],
    ["the padding of the signature is missing", (p, s) => p + s.replace(/=/g, "")],
    [
      "the signature is in base64url",
      (p, s) => p + s.replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, ""),
    ],
    ["the signature is in hexadecimal", (p, s) => p + Buffer.from(s, "base64").toString("hex")],
  ];
}

function singleSignature(): Named<(prefix: string, signature: string) => string> {
  return [
    ["a comma follows the signature", (p, s) => `${p}${s},`],
    ["the prefix is there twice", (p, s) => p === "" ? s + s : p + p + s],
  ];
}

/** An HMAC over the body is work: nobody is to have a hundred done by one request. */
function severalSignatures(separator: string): Named<(prefix: string, signature: string) => string> {
  const last = (prefix: string): string => prefix.slice(prefix.lastIndexOf(separator) + 1);
  return [
    ["the right signature is the last of a hundred", (p, s) => {
      const wrong = `${last(p)}${other(s[0])}${s.slice(1)}${separator}`;
      return p.slice(0, p.length - last(p).length) + wrong.repeat(99) + last(p) + s;
    }],
  ];
}

function headersOf({ signatureHeader, signatureSeparator }: Scheme): [string, Change][] {
  return [
    // Two fields of one name are one with a comma to whoever reads them: a list of signatures has room for that.
    ...fieldKinds(signatureHeader, "the signature's header").filter(([name]) =>
      signatureSeparator === undefined || !name.endsWith("there twice")
    ),
    ["the signature is in another header", ({ headers }) => {
      headers.set("x-signature", headers.get(signatureHeader) ?? "");
      headers.delete(signatureHeader);
    }],
    ...(signatureSeparator === undefined
      ? [["a wrong signature comes first", wrongFirst] as [string, Change]]
      : []),
  ];

  function wrongFirst({ headers }: Parameters<Change>[0]): void {
    const value = headers.get(signatureHeader) ?? "";
    headers.set(signatureHeader, value.replace(/[0-9a-f]/g, "0"));
    headers.append(signatureHeader, value);
  }
}

function fieldKinds(header: string, what: string): [string, Change][] {
  return [
    [`${what} is missing`, ({ headers }) => headers.delete(header)],
    [`${what} is empty`, ({ headers }) => headers.set(header, "")],
    [`${what} is there twice`, ({ headers }) => headers.append(header, headers.get(header) ?? "")],
  ];
}

/** Replaces what a sender's own header fields are by those of another delivery or secret. */
function signedAs(scheme: Scheme, sent: Delivery, secret = scheme.secret): Change {
  return ({ headers }) => {
    for (const [name, value] of Object.entries(scheme.sign(sent, secret))) headers.set(name, value);
  };
}

function signedWrongly(scheme: Scheme, sent: Delivery): [string, Change][] {
  const empty: Delivery = { ...sent, body: new Uint8Array() };
  const kinds: [string, Change][] = [
    ["it is signed with another secret", signedAs(scheme, sent, scheme.otherSecret)],
    ...(scheme.signs === "nothing" ? [] : [
      ["it is signed over an empty body", signedAs(scheme, empty)],
      ["it has the signature of another delivery", signedAs(scheme, { ...sent, body: Buffer.from("{}") })],
    ] as [string, Change][]),
    ["it has a digest without a key", ({ headers, body }) => {
      const value = headers.get(scheme.signatureHeader) ?? "";
      const encoding = scheme.encoding === "base64" ? "base64" : "hex";
      const digest = createHash(scheme.signatureLength === 128 ? "sha512" : "sha256").update(body).digest(
        encoding,
      );
      headers.set(scheme.signatureHeader, value.slice(0, -scheme.signatureLength) + digest);
    }],
  ];
  if (scheme !== GITHUB) return kinds;
  const sha1 = createHash("sha1").update(sent.body).digest("hex");
  return [
    ...kinds,
    ["it has the older header alone", ({ headers }) => {
      headers.set("x-hub-signature", `sha1=${sha1}`);
      headers.delete("x-hub-signature-256");
    }],
    ["it has SHA-1 in the newer header", ({ headers }) => headers.set("x-hub-signature-256", `sha1=${sha1}`)],
    ["its delivery id is there twice", ({ headers }) => headers.append("x-github-delivery", "another")],
  ];
}

/** Each is signed with the right secret. */
function timestamps(scheme: Scheme, sent: Delivery): [string, Change][] {
  const seconds = Number(sent.timestamp);
  const wrong: Named<string> = [
    ["301 seconds old", String(seconds - 301)],
    ["301 seconds ahead", String(seconds + 301)],
    ["of 1970", "1"],
    ["in milliseconds", String(seconds * 1000)],
    ["no integer", `${seconds}.0`],
    ["written with an exponent", `${seconds / 1e9}e9`],
    ["hexadecimal", `0x${seconds.toString(16)}`],
    ["written with a zero before it", `0${seconds}`],
    ["written with a plus", `+${seconds}`],
    ["negative", `-${seconds}`],
    ["followed by a letter", `${seconds}s`],
    ["a date", new Date(seconds * 1000).toISOString()],
    ["of superscript digits", "\u00b9\u00b2\u00b3".repeat(3)],
    ["no number", "NaN"],
    ["infinite", "Infinity"],
    ["of 400 digits", "9".repeat(400)],
  ];
  return [
    ...wrong.map(([name, timestamp]): [string, Change] => [
      `the timestamp is ${name}`,
      signedAs(scheme, { ...sent, timestamp }),
    ]),
    ["the timestamp is moved by a second", ({ headers }) => {
      const header = scheme.timestampHeader ?? scheme.signatureHeader;
      headers.set(header, (headers.get(header) ?? "").replace(sent.timestamp, String(seconds + 1)));
    }],
  ];
}

function ids(scheme: Scheme, header: string, sent: Delivery): [string, Change][] {
  return [
    ...fieldKinds(header, "the id"),
    ["the id is another", ({ headers }) => headers.set(header, "msg_another")],
    ["the id has a dot", signedAs(scheme, { ...sent, id: "msg_1.2" })],
    ["the id has a space", signedAs(scheme, { ...sent, id: "msg 1" })],
    ["the id has 2,000 characters", signedAs(scheme, { ...sent, id: "m".repeat(2_000) })],
    ["the id takes the timestamp in", ({ headers }) => {
      headers.set(header, `${sent.id}.${sent.timestamp}`);
    }],
  ];
}
