import type { EdgeContext } from "../context.ts";
import type { Hook } from "../hook.ts";
import type { SchemaIssue } from "../standard_schema.ts";
import { nestsDeeper } from "../nests_deeper.ts";
import type { Verified } from "../verify/verifier.ts";
import { within } from "../within.ts";
import { hookFailed, Refusal } from "./refusal.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
/** From here on the text of a body is not to stand in memory beside its bytes and its values. */
const LARGE_BYTES = 1_048_576;
/** How many things that are wrong a sender is told of. */
const MAX_ISSUES = 20;
const MAX_MESSAGE_LENGTH = 200;
/** Where a message goes on with what it got: values of a delivery are in no answer, and so in no log of one. */
const RECEIVED = /[\s,;(]+(?:but\s+|and\s+|instead\s+)?(?:received|got|was|found)\b.*$/is;

/** An event. */
export interface ParsedEvent {
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
export async function parseEvent(
  { payload }: Pick<Hook, "payload">,
  { isIgnored }: Pick<Verified, "isIgnored">,
  body: Uint8Array<ArrayBuffer>,
  { clock, limits: { maxNesting, batchTimeoutMs } }: Pick<EdgeContext, "clock" | "limits">,
): Promise<ParsedEvent> {
  const onTimeout = () => new Error(`The hook's schema took longer than ${batchTimeoutMs} ms`);
  const own = async <T>(run: () => T | Promise<T>): Promise<T> => {
    try {
      return await within({ clock, timeoutMs: batchTimeoutMs, onTimeout }, run);
    } catch (cause) {
      throw hookFailed(cause);
    }
  };
  const json = await parseJson(body, maxNesting);
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
  }, "it is not as the hook's schema has it");
}

async function parseJson(body: Uint8Array<ArrayBuffer>, maxNesting: number): Promise<unknown> {
  if (nestsDeeper(body, maxNesting)) {
    throw new Refusal({
      status: 400,
      type: "nested-too-deeply",
      title: "The delivery is nested too deeply",
      detail: `Its arrays and objects may stand ${maxNesting} deep in one another`,
    }, "it is nested too deeply");
  }
  const parse = body.length > LARGE_BYTES
    ? (await import("./parse_large_json.ts")).parseLargeJson
    : (bytes: Uint8Array) => JSON.parse(decoder.decode(bytes));
  try {
    return parse(body);
  } catch {
    const title = "The delivery is no JSON";
    throw new Refusal({ status: 400, type: "not-json", title }, "it is no JSON");
  }
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
