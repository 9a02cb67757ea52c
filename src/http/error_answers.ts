import type { Addressed } from "./send.ts";
import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import type { Authorizer, AuthorizerIdentity } from "./authorizer.ts";
import type { Clock } from "../base/clock.ts";
import { COMPUTE_SCOPE } from "./globus_auth.ts";
import { authorizeUrl, errorsOf, readAuthorizationParameters } from "./read_authorization_parameters.ts";
import { given, isRecord, parseJson } from "../base/narrow.ts";
import type { AuthorizationParameters } from "../errors/authorization_parameters.ts";
import { redact } from "./redact.ts";
export { readFailure } from "./unreached.ts";

import { withDeadline } from "../base/deadline.ts";

// All of this is loaded with the first attempt that fails.
export { retryAfterMs } from "../base/retry_after.ts";

const IDENTIFY_TIMEOUT_MS = 5_000;

/** The way out of a refusal, as far as it and the authorizer tell. Anything else is returned as it is. */
export async function explainRefusal(
  error: unknown,
  authorizer: Authorizer,
  request: Addressed,
  clock: Clock,
): Promise<unknown> {
  if (!(error instanceof ComputeAuthorizationError) || error.status === undefined) return error;
  const identity = await identityOf(authorizer, clock);
  const { message, status, serviceCode, detail, requestId, authorizationParameters } = error;
  const url = authorizationParameters && authorizeUrl(authorizationParameters, identity);
  const advice = adviceFor(error, identity, request, url);
  return new ComputeAuthorizationError(`${message}${/[.!?]$/.test(message) ? "" : "."} ${advice}`, {
    status,
    serviceCode,
    detail,
    requestId,
    authorizationParameters,
    authorizeUrl: url,
  });
}

/** An authorizer of one's own may fail here too, or never answer: the refusal is what counts. */
async function identityOf(authorizer: Authorizer, clock: Clock): Promise<AuthorizerIdentity> {
  const onTimeout = () => new Error("The authorizer has not said who it acts for");
  try {
    return await withDeadline(
      { clock, timeoutMs: IDENTIFY_TIMEOUT_MS, onTimeout },
      () => authorizer.identify?.() ?? {},
    );
  } catch {
    return {};
  }
}

function adviceFor(
  error: ComputeAuthorizationError,
  identity: AuthorizerIdentity,
  request: Addressed,
  url: string | undefined,
): string {
  const { clientId, isServiceAccount } = identity;
  if (url !== undefined) {
    if (!isServiceAccount) return `Log in again in a way that meets 'authorizationParameters': ${url}`;
    const wayOut = error.authorizationParameters?.requiredScopes
      ? "ask for a token with 'requiredScopes' too, or act for a person"
      : "act for a person, or ask for another policy";
    return `A service account (${clientId}) cannot log in to meet this: ${wayOut}`;
  }
  if (error.serviceCode === "INSUFFICIENT_AUTH_SCOPE") {
    return `The token lacks the scope that this needs: ask for one with ${COMPUTE_SCOPE}`;
  }
  if (error.status === 401) {
    return "The token is expired, revoked, or made for another service: get a new one";
  }
  const [, endpointId] = /\/endpoints\/([0-9a-f-]{36})/i.exec(new URL(request.url).pathname) ?? [];
  if (endpointId === undefined) return "The account of this token has no right to do it";
  const who = isServiceAccount ? `the service account ${clientId}@clients.auth.globus.org` : "your account";
  return `Ask the owner of endpoint ${endpointId} to let ${who} use it`;
}

/** An error document is small; a page of a proxy in front of the service may not be. */
const MAX_ERROR_BYTES = 65_536;
const MAX_DETAIL_LENGTH = 500;

/** What an answer that is no success says of itself. */
interface ErrorDocument {
  serviceCode?: string;
  detail?: string;
  authorizationParameters?: AuthorizationParameters;
}

/** Reads what an answer that is no success says, its body up to a bound. */
export async function readErrorDocument(
  response: Response,
  secrets: readonly string[],
): Promise<ErrorDocument> {
  return {
    ...readChallenge(redact(response.headers.get("www-authenticate") ?? "", secrets)),
    ...readBody(await readStart(response, MAX_ERROR_BYTES), secrets),
  };
}

/** What a bearer's refusal says in its header: RFC 6750, section 3. */
function readChallenge(header: string): ErrorDocument {
  const [, code] = /\berror="([^"]*)"/.exec(header) ?? [];
  const [, detail] = /\berror_description="([^"]*)"/.exec(header) ?? [];
  return given({ serviceCode: code || undefined, detail: detail ? line(detail) : undefined });
}

/** The forms that `limits` of the service document: a code with a detail, or FastAPI's list of what is wrong. */
function readBody(text: string, secrets: readonly string[]): ErrorDocument {
  let body: unknown;
  try {
    // Not before: JSON has many ways to write a character.
    body = parseJson(text, (_, value) => typeof value === "string" ? redact(value, secrets) : value);
  } catch {
    return {}; // A page of a proxy: the status says more than its markup.
  }
  if (!isRecord(body)) return {};
  const authorizationParameters = readAuthorizationParameters(body);
  // What the document says of itself comes before what its `errors` say.
  const said = [body, ...errorsOf(body)].map(readCodeAndDetail);
  return Object.assign({}, ...said.reverse(), given({ authorizationParameters }));
}

function readCodeAndDetail(document: Record<string, unknown>): ErrorDocument {
  const detail = readDetail(document.detail) ?? readDetail(document.reason) ?? readDetail(document.message);
  return given({ serviceCode: typeof document.code === "string" ? line(document.code) : undefined, detail });
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
