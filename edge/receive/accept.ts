import { nestsDeeper } from "../json_bytes.ts";
import type { EdgeContext } from "../context.ts";
import type { Hook } from "../hook.ts";
import type { ReceivedRequest, Verified } from "../verify/verifier.ts";
import { parseLargeJson } from "./parse_large_json.ts";
import { handleDelivery } from "./handle_delivery.ts";
import { hookFailed, Refusal } from "./refusal.ts";
import type { SchemaIssue } from "../standard_schema.ts";
import { withDeadline } from "../../src/base/deadline.ts";

/**
 * Takes a delivery that is verified: parses it, and has it handled.
 *
 * @throws {Refusal} If it is not taken.
 */
export async function accept(
  context: EdgeContext,
  hookName: string,
  hook: Hook,
  { headers, body, verified }: Pick<ReceivedRequest, "headers" | "body"> & { verified: Verified },
): Promise<Response> {
  const parsed = await parseEvent(hook, verified, body, context);
  const deliveryId = findDeliveryId(verified, headers);
  const handled = handleDelivery(context, { hookName, hook, headers, body, verified, deliveryId, ...parsed });
  context.waitUntil(handled); // A sender that hangs up must not end it halfway.
  return await handled;
}

const MAX_ID_LENGTH = 256;
/** A string of RFC 9651: visible ASCII and spaces in quotes, of which quotes and backslashes are escaped. */
const STRING = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

/**
 * What names a delivery: the sender's own id, or the `Idempotency-Key` that came with it.
 *
 * @throws {Refusal} If there is neither.
 */
function findDeliveryId({ deliveryId }: Verified, headers: Headers): string {
  if (deliveryId !== undefined && deliveryId !== "") return deliveryId;
  const field = headers.get("idempotency-key")?.trim();
  const id = STRING.exec(field ?? "")?.[1]?.replace(/\\(.)/g, "$1");
  if (id !== undefined && id !== "" && id.length <= MAX_ID_LENGTH) return id;
  throw new Refusal({
    status: 400,
    type: "delivery-id-missing",
    title: "The delivery has no id",
    detail: `Send an 'Idempotency-Key' of up to ${MAX_ID_LENGTH} characters in quotes, such as ` +
      `"8e03978e-40d5-43dd-bc93-6894a57f9324", and the same one whenever you send it again`,
  }, field === undefined ? {} : { message: "its Idempotency-Key is no string in quotes" });
}

const decoder = new TextDecoder();
/** Refuses bytes that are no UTF-8. It takes three times as long. */
const strictDecoder = new TextDecoder("utf-8", { fatal: true });
/** From here on the text of a body is not to stand in memory beside its bytes and its values. */
const LARGE_BYTES = 1_048_576;
/** How many things that are wrong a sender is told of. */
const MAX_ISSUES = 20;
const MAX_MESSAGE_LENGTH = 200;
/** Where a message goes on with what it got: values of a delivery are in no answer, and so in no log of one. */
const RECEIVED = /[\s,;(]+(?:but\s+|and\s+|instead\s+)?(?:received|got|was|found)\b.*$/is;

/** An event. */
interface ParsedEvent {
  /** The JSON as it came. */
  readonly json: unknown;
  /** What the hook's schema made of it. */
  readonly event: unknown;
  /** Whether the verifier passes it over: no schema has seen it. */
  readonly isIgnored: boolean;
}

/**
 * Parses a delivery that is verified, and holds it against the hook's schema.
 *
 * @throws {Refusal} If it is nested too deeply, no JSON, or not as the schema has it.
 */
async function parseEvent(
  { payload }: Pick<Hook, "payload">,
  { isIgnored }: Pick<Verified, "isIgnored">,
  body: Uint8Array<ArrayBuffer>,
  { clock, limits: { maxNesting, batchTimeoutMs } }: Pick<EdgeContext, "clock" | "limits">,
): Promise<ParsedEvent> {
  const onTimeout = () => new Error(`The hook's events or schema took longer than ${batchTimeoutMs} ms`);
  const own = async <T>(run: () => T | Promise<T>): Promise<T> => {
    try {
      return await withDeadline({ clock, timeoutMs: batchTimeoutMs, onTimeout }, run);
    } catch (cause) {
      throw hookFailed(cause);
    }
  };
  const json = parseJson(body, maxNesting);
  if (isIgnored !== undefined && await own(() => isIgnored(json))) {
    return { json, event: json, isIgnored: true };
  }
  if (payload === undefined) return { json, event: json, isIgnored: false };
  const result = await own(() => payload["~standard"].validate(json));
  if (result.issues === undefined) return { json, event: result.value, isIgnored: false };
  throw new Refusal({
    status: 422,
    type: "payload-invalid",
    title: "The delivery is not as the hook takes it",
    members: { issues: result.issues.slice(0, MAX_ISSUES).map((issue) => describeIssue(issue, json)) },
  }, { message: "it is not as the hook's schema has it" });
}

function parseJson(body: Uint8Array<ArrayBuffer>, maxNesting: number): unknown {
  if (nestsDeeper(body, maxNesting)) {
    throw new Refusal({
      status: 400,
      type: "nested-too-deeply",
      title: "The delivery is nested too deeply",
      detail: `Its arrays and objects may stand ${maxNesting} deep in one another`,
    });
  }
  const parse = body.length > LARGE_BYTES
    ? parseLargeJson
    : (bytes: Uint8Array) => JSON.parse(decodeText(bytes));
  try {
    return parse(body);
  } catch {
    const title = "The delivery is no JSON";
    throw new Refusal({ status: 400, type: "not-json", title });
  }
}

/** The text of bytes in UTF-8: only where it has what stands for broken characters, they need a closer look. */
function decodeText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  return text.includes("\uFFFD") ? strictDecoder.decode(bytes) : text;
}

function describeIssue({ message, path = [] }: SchemaIssue, json: unknown): object {
  const keys = path.map((step) => typeof step === "object" ? step.key : step);
  let value = json;
  for (const key of keys) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  const text = typeof value === "string" && value.length > 2 ? message.replaceAll(value, "…") : message;
  return {
    path: keys.map((key) => typeof key === "number" ? key : String(key)),
    message: text.slice(0, MAX_MESSAGE_LENGTH).replace(RECEIVED, ""),
  };
}
