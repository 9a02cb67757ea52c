import type { Context } from "hono";
import * as v from "valibot";
import { isRecord } from "../base/narrow.ts";
import { serviceError, validationError, type ValidationProblem } from "./service_error.ts";

/** A UUID in any case; the service answers in lower case. */
export const uuidSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "value is not a valid uuid"),
  v.toLowerCase(),
);

/** A JSON object with keys and values of these kinds: valibot's own `record` takes an array too. */
export function dictionary<
  const Key extends v.BaseSchema<string, string, v.BaseIssue<unknown>>,
  const Value extends v.GenericSchema,
>(
  key: Key,
  value: Value,
) {
  return v.pipe(
    v.custom<Record<string, unknown>>(isRecord, "Input should be a valid dictionary"),
    v.record(key, value),
  );
}

/** The JSON body of a request, in the shape that the route takes; unknown properties are ignored, as by the service. */
export async function readBody<const Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
): Promise<v.InferOutput<Schema>> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    throw validationError([{ loc: ["body"], msg: "JSON decode error", type: "json_invalid" }], isBare(c));
  }
  return check(c, "body", schema, body);
}

/** An id in the path. */
export function readPathId(c: Context, name: string): string {
  return check(c, "path", v.object({ [name]: uuidSchema }), c.req.param())[name] as string;
}

/** The query parameters. */
export function readQuery<const Schema extends v.GenericSchema>(
  c: Context,
  schema: Schema,
): v.InferOutput<Schema> {
  return check(c, "query", schema, c.req.query());
}

/** A header that the route cannot do without. */
export function requireHeader(c: Context, name: string): string {
  const value = c.req.header(name);
  if (value !== undefined) return value;
  throw validationError([{ loc: ["header", name], msg: "Field required", type: "missing" }], isBare(c));
}

/** The length that the client announces, which must come before the body and be no larger than this. */
export function checkLength(c: Context, maxBytes: number): void {
  const bytes = Number(requireHeader(c, "content-length"));
  if (bytes <= maxBytes) return;
  throw serviceError(
    "BATCH_RUN_TOO_LARGE",
    `Request of ${bytes} bytes exceeds the limit of ${maxBytes} bytes`,
    [
      bytes,
      maxBytes,
    ],
  );
}

function check<const Schema extends v.GenericSchema>(
  c: Context,
  where: string,
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw validationError(result.issues.map((issue) => toProblem(where, issue)), isBare(c));
}

function toProblem(where: string, issue: v.BaseIssue<unknown>): ValidationProblem {
  const keys = issue.path?.map((item) => item.key).filter((key) => typeof key !== "symbol") ?? [];
  return {
    loc: [where, ...keys as (string | number)[]],
    msg: issue.received === "undefined" ? "Field required" : issue.message,
    type: issue.received === "undefined" ? "missing" : `${issue.type}_type`,
  };
}

/** Whether the route tells of problems without the rest of an error: those of v2 do, and a few of v3. */
function isBare(c: Context): boolean {
  const { method, path } = c.req;
  return !path.startsWith("/v3/") || method === "DELETE" ||
    /\/(allowed_functions|subscription-admin-verified)$/.test(path);
}
