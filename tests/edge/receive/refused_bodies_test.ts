/** A body that is too large, too slow or of another kind is refused before all of it has come. */
import { checkRefusal, MAX_BODY, PIECE, type RefusedDelivery } from "./refused_delivery.ts";

const UNKNOWN = { status: 404, type: "unknown-hook", cause: "no such hook", pullsBytes: 0 };
const HEADERS = { status: 431, type: "headers-too-large", cause: "header fields", pullsBytes: 0 };
const MEDIA_TYPE = {
  status: 415,
  type: "unsupported-media-type",
  cause: "is JSON, and is not compressed",
  pullsBytes: 0,
};
const LARGE = { status: 413, type: "payload-too-large", cause: "more than 4096 bytes" };
const SLOW = { status: 408, type: "body-timeout", cause: "too long to arrive", afterMs: 10_000 };
const BROKEN = { status: 400, type: "body-incomplete", cause: "broke off" };

const never = (): Promise<undefined> => new Promise(() => {});
const small = new Uint8Array(1);
const piece = new Uint8Array(PIECE);

const TABLE: Record<string, RefusedDelivery> = {
  "a hook that is not there": { ...UNKNOWN, path: "/hooks/none" },
  "a name that every object has": { ...UNKNOWN, path: "/hooks/constructor" },
  "header fields that are too large": { ...HEADERS, headers: { "x-filler": "x".repeat(2_048) } },
  "header fields that are too many": {
    ...HEADERS,
    headers: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`x-${n}`, "12345"])),
  },
  "a form": { ...MEDIA_TYPE, headers: { "content-type": "application/x-www-form-urlencoded" } },
  "text": { ...MEDIA_TYPE, headers: { "content-type": "text/plain;x=application/json" } },
  "a type that begins like JSON": { ...MEDIA_TYPE, headers: { "content-type": "application/jsonp" } },
  "no type": { ...MEDIA_TYPE, headers: { "content-type": "" } },
  "a body that is compressed": { ...MEDIA_TYPE, headers: { "content-encoding": "gzip" } },
  "a body that says it is too large": { ...LARGE, headers: { "content-length": "4097" }, pullsBytes: 0 },
  "a body that says it is far too large": {
    ...LARGE,
    headers: { "content-length": "9".repeat(30) },
    pullsBytes: 0,
  },
  "a body that never ends": { ...LARGE, pieces: () => piece, pullsBytes: MAX_BODY + PIECE },
  "a body that says it is short, and never ends": {
    ...LARGE,
    headers: { "content-length": "10" },
    pieces: () => piece,
    pullsBytes: MAX_BODY + PIECE,
  },
  "a body that never ends, and comes byte by byte": {
    ...LARGE,
    pieces: () => small,
    pullsBytes: MAX_BODY + 1,
  },
  "a body that is larger than its hook takes": {
    ...LARGE,
    cause: "more than 100 bytes",
    hook: { maxBodyBytes: 100 },
    body: `"${"x".repeat(99)}"`,
    pullsBytes: 101,
  },
  "a body that never comes": { ...SLOW, pieces: never, pullsBytes: 0 },
  "a body that stops halfway": {
    ...SLOW,
    pieces: (place) => place < 2 ? piece : never(),
    pullsBytes: 2 * PIECE,
  },
  "a body that trickles": {
    ...SLOW,
    pieces: (_, { clock }) => clock.sleep(900).then(() => small),
    pullsBytes: 11,
  },
  "a body that breaks off": {
    ...BROKEN,
    pieces: (place) => place < 2 ? piece : Promise.reject(new Error("reset")),
    pullsBytes: 2 * PIECE,
  },
};

for (const [name, row] of Object.entries(TABLE)) {
  Deno.test(`receive() answers ${name} with ${row.status}`, () => checkRefusal(row));
}
