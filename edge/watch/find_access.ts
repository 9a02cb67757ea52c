import type { EdgeContext } from "../context.ts";
import type { ReceivedRequest, Verifier } from "../verify/verifier.ts";
import { batchPath, CAPABILITY_ALGORITHM, CAPABILITY_TYPE, linkKey } from "./batch_link.ts";
import { JWTExpired } from "jose/errors";
import { jwtVerify } from "jose/jwt/verify";
import { runVerifier } from "../verify/run_verifier.ts";

/** Somebody may look. */
export interface GrantedAccess {
  readonly state: "granted";
  /** Whether it may decide, too, and see the other batches. */
  readonly isOperator: boolean;
  /** The capability of the address: the links on a page need it again. */
  readonly capability?: string;
}

/** Whether somebody may look, and why not: its link has expired, a verifier could not find out, or neither. */
export type Access = GrantedAccess | { readonly state: "refused" | "expired" | "unavailable" };

/**
 * Finds who asks. A batch opens to its link, as `?capability=` or as `Authorization: Bearer`, to an operator, and to
 * whom the viewer's verifier lets in; what is no batch, to an operator.
 */
export async function findAccess(
  context: EdgeContext,
  request: Request,
  { batchId, body = new Uint8Array() }: { batchId?: string; body?: Uint8Array<ArrayBuffer> } = {},
): Promise<Access> {
  const url = new URL(request.url);
  const received: ReceivedRequest = {
    method: request.method,
    url,
    headers: basicAsBearer(request.headers),
    body,
  };
  const { operator, viewer } = context.options;
  const inAddress = url.searchParams.get("capability") ?? undefined;
  const capability = inAddress ?? bearerOf(request.headers);
  const link = batchId === undefined || capability === undefined
    ? "invalid"
    : await verifyCapability(context, capability, batchId);

  // Asked before the link counts: an operator who has followed one may decide all the same.
  const isOperator = await lets(context, operator, received);
  const isViewer = isOperator === true || link === "valid" || batchId === undefined
    ? false
    : await lets(context, viewer, received);
  if (isOperator === true || isViewer === true || link === "valid") {
    return {
      state: "granted",
      isOperator: isOperator === true,
      ...(link === "valid" && inAddress !== undefined ? { capability: inAddress } : {}),
    };
  }
  if (isOperator === undefined || isViewer === undefined) return { state: "unavailable" };
  return { state: link === "expired" ? "expired" : "refused" };
}

/** Whether a verifier lets the request in; `undefined` where it could not find out. */
async function lets(
  context: EdgeContext,
  verifier: Verifier | undefined,
  received: ReceivedRequest,
): Promise<boolean | undefined> {
  if (verifier === undefined) return false;
  try {
    const { isVerified } = await runVerifier(context, verifier, received);
    return isVerified === true;
  } catch (error) {
    context.tell({
      kind: "deliveryRefused",
      hook: undefined,
      status: 503,
      cause: "a verifier of operators or viewers could not find out who asks",
      error,
    });
    return undefined;
  }
}

function bearerOf(headers: Headers): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/**
 * What a browser can send without a script is HTTP Basic: its password stands for the token that the verifiers of
 * people take as `Bearer`. The name is not looked at.
 */
function basicAsBearer(headers: Headers): Headers {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (encoded === undefined) return headers;
  const password = passwordOf(encoded);
  if (password === undefined) return headers;
  const changed = new Headers(headers);
  changed.set("authorization", `Bearer ${password}`);
  return changed;
}

/** A header value cannot have other characters than these, and no token has. */
const TOKEN = /^[\x21-\x7e]+$/;

function passwordOf(encoded: string): string | undefined {
  let text: string;
  try {
    text = atob(encoded);
  } catch {
    return undefined;
  }
  const colon = text.indexOf(":");
  const password = text.slice(colon + 1);
  return colon >= 0 && TOKEN.test(password) ? password : undefined;
}

/** What a capability is good for: it is told that it has expired only where it was good for this batch once. */
type CapabilityState = "valid" | "expired" | "invalid";

/** Longer ones than {@linkcode batchLink} makes are not looked at. */
const MAX_CAPABILITY_LENGTH = 2_048;

/** Holds a capability against the batch that it is to open. */
async function verifyCapability(
  context: EdgeContext,
  capability: string,
  batchId: string,
): Promise<CapabilityState> {
  if (capability.length > MAX_CAPABILITY_LENGTH) return "invalid";
  let found: CapabilityState = "invalid";
  for (const secret of context.linkSecrets) {
    const state = await verifyWith(context, capability, batchId, secret);
    if (state === "valid") return state;
    if (state === "expired") found = state;
  }
  return found;
}

async function verifyWith(
  context: EdgeContext,
  capability: string,
  batchId: string,
  secret: Uint8Array<ArrayBuffer>,
): Promise<CapabilityState> {
  try {
    await jwtVerify(capability, await linkKey(secret), {
      algorithms: [CAPABILITY_ALGORITHM],
      typ: CAPABILITY_TYPE,
      audience: batchPath(batchId),
      currentDate: new Date(context.clock.nowMs()),
      requiredClaims: ["exp", "iat"],
    });
    return "valid";
  } catch (error) {
    // The signature and the audience are looked at before the time.
    return error instanceof JWTExpired ? "expired" : "invalid";
  }
}
