import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import type { AuthorizationParameters } from "../errors/authorization_parameters.ts";
import { isRecord } from "../wire/narrow.ts";
import { readAuthorizationParameters } from "./read_authorization_parameters.ts";
import { redact } from "./redact.ts";
import { retryAfterMs } from "./retry_after.ts";
import { nameOf } from "./target.ts";

/** An error document is small; a page of a proxy in front of the service may not be. */
const MAX_ERROR_BYTES = 65_536;
const MAX_DETAIL_LENGTH = 500;

/** Makes an error of an answer that is no success, its body read up to a bound. */
export async function toError(
  request: Request,
  response: Response,
  nowMs: number,
): Promise<ComputeHttpError | ComputeAuthorizationError> {
  const { status } = response;
  const secrets = credentialsOf(request);
  const { serviceCode, detail, authorizationParameters } = {
    ...readChallenge(redact(response.headers.get("www-authenticate") ?? "", secrets)),
    ...readErrorDocument(await readStart(response, MAX_ERROR_BYTES), secrets),
  };
  const requestId = requestIdOf(response, request);
  const what = [status, serviceCode].filter((part) => part !== undefined).join(" ");
  const message = `${nameOf(request)} failed: ${what}${detail ? `: ${detail}` : ""}`;
  const asksForLogin = authorizationParameters !== undefined && status < 500;
  if (status === 401 || status === 403 || asksForLogin) {
    const init = { status, serviceCode, detail, requestId, authorizationParameters };
    return new ComputeAuthorizationError(message, init);
  }
  const wait = retryAfterMs(response.headers, nowMs);
  return new ComputeHttpError(message, { status, serviceCode, detail, requestId, retryAfterMs: wait });
}

/** The id by which the service's operators find a request. */
export function requestIdOf({ headers }: Response, request: Request): string | undefined {
  const id = headers.get("x-request-id") ?? headers.get("x-amzn-trace-id") ?? undefined;
  return id === undefined ? undefined : redact(id, credentialsOf(request));
}

/** A server that repeats what it was sent does not get it into a message. */
function credentialsOf(request: Request): string[] {
  return (request.headers.get("authorization") ?? "").split(" ").slice(1);
}

interface ErrorDocument {
  serviceCode?: string;
  detail?: string;
  authorizationParameters?: AuthorizationParameters;
}

/** What a bearer's refusal says in its header: RFC 6750, section 3. */
function readChallenge(header: string): ErrorDocument {
  const [, code] = /\berror="([^"]*)"/.exec(header) ?? [];
  const [, detail] = /\berror_description="([^"]*)"/.exec(header) ?? [];
  return { ...(code ? { serviceCode: code } : {}), ...(detail ? { detail: line(detail) } : {}) };
}

/** The forms that `limits` of the service document: a code with a detail, or FastAPI's list of what is wrong. */
function readErrorDocument(text: string, secrets: string[]): ErrorDocument {
  let body: unknown;
  try {
    // Not before: JSON has many ways to write a character.
    body = JSON.parse(text, (_, value) => typeof value === "string" ? redact(value, secrets) : value);
  } catch {
    return {}; // A page of a proxy: the status says more than its markup.
  }
  if (!isRecord(body)) return {};
  const detail = readDetail(body.detail) ?? readDetail(body.reason) ?? readDetail(body.message);
  const authorizationParameters = readAuthorizationParameters(body);
  return {
    ...(typeof body.code === "string" ? { serviceCode: line(body.code) } : {}),
    ...(detail === undefined ? {} : { detail }),
    ...(authorizationParameters === undefined ? {} : { authorizationParameters }),
  };
}

function readDetail(detail: unknown): string | undefined {
  if (typeof detail === "string") return line(detail);
  if (!Array.isArray(detail)) return undefined;
  const parts = detail.filter(isRecord).map(({ loc, msg }) => {
    const where = Array.isArray(loc) ? loc.join(".") : "";
    return [where, typeof msg === "string" ? msg : "invalid"].filter((part) => part !== "").join(": ");
  });
  return parts.length > 0 ? line(parts.join("; ")) : undefined;
}

function line(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > MAX_DETAIL_LENGTH ? `${flat.slice(0, MAX_DETAIL_LENGTH)}…` : flat;
}

async function readStart(response: Response, maxBytes: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; reader !== undefined && bytes < maxBytes;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += decoder.decode(value, { stream: true });
      bytes += value.length;
    }
    await reader?.cancel();
  } catch {
    // The body broke off: the status is there all the same, and says more than a lost connection.
  }
  return text;
}
