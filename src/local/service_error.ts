import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** The service's own codes, with the status of HTTP that each comes with. */
const STATUS = {
  USER_UNAUTHENTICATED: 401,
  INVALID_AUTH_TOKEN: 401,
  INSUFFICIENT_AUTH_SCOPE: 403,
  TASK_GROUP_ACCESS_FORBIDDEN: 403,
  ENDPOINT_ACCESS_FORBIDDEN: 403,
  ENDPOINT_ALREADY_REGISTERED: 403,
  FUNCTION_NOT_PERMITTED: 403,
  CONTAINER_SERVICE_NOT_PERMITTED: 403,
  FUNCTION_NOT_FOUND: 404,
  ENDPOINT_NOT_FOUND: 404,
  TASK_NOT_FOUND: 404,
  TASK_GROUP_NOT_FOUND: 404,
  REQUEST_MALFORMED: 400,
  ENDPOINT_OUTDATED: 400,
  RESOURCE_CONFLICT: 409,
  RESOURCE_LOCKED: 423,
  BATCH_RUN_TOO_LARGE: 413,
  TASK_PAYLOAD_TOO_LARGE: 413,
  FUNCTION_TOO_LARGE: 413,
  SEMANTICALLY_INVALID: 422,
  INTERNAL_ERROR: 500,
  UNKNOWN_ERROR: 503,
} as const satisfies Record<string, ContentfulStatusCode>;

/** A code that this service answers with. */
export type ServiceCode = keyof typeof STATUS;

/** One thing that is wrong with a request, as FastAPI tells it. */
export interface ValidationProblem {
  /** Where: `["body", "tasks"]`. */
  loc: (string | number)[];
  /** What. */
  msg: string;
  /** The kind of mistake, as one word. */
  type: string;
}

/** An answer of the service that is an error, in the shape of its schema `ErrorResponse`. */
export function serviceError(
  code: ServiceCode,
  detail: string,
  errorArgs: unknown[] = [],
  headers: Record<string, string> = {},
): HTTPException {
  return withBody(STATUS[code], errorDocument(code, detail, errorArgs), headers);
}

/** An answer to a request of another shape: in the service's own document, or as FastAPI has it. */
export function validationError(problems: ValidationProblem[], isBare: boolean): HTTPException {
  return withBody(
    422,
    isBare ? { detail: problems } : errorDocument("SEMANTICALLY_INVALID", problems, []),
    {},
  );
}

function errorDocument(code: ServiceCode, detail: unknown, errorArgs: unknown[]): object {
  return {
    status: "Failed",
    code,
    error_args: errorArgs,
    http_status_code: STATUS[code],
    detail,
    reason: detail,
  };
}

function withBody(
  status: ContentfulStatusCode,
  body: object,
  headers: Record<string, string>,
): HTTPException {
  return new HTTPException(status, { res: Response.json(body, { status, headers }) });
}
