import type { Clock } from "../../mod.ts";
import type { AddressOptions } from "../check_address.ts";

/** A request as it arrived: its body has been read, and has not been parsed. */
export interface ReceivedRequest {
  /** `POST` for one. */
  readonly method: string;
  /** Where it was sent. */
  readonly url: URL;
  /** Its header fields. */
  readonly headers: Headers;
  /** The bytes of its body, over which signatures are made; empty where there is none. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The sender is who it says it is. */
export interface Verified {
  /** Tells the verifications apart. */
  isVerified: true;
  /** The sender's own id of this delivery, the same when it is sent again. */
  deliveryId?: string;
  /**
   * Whether the signature covers `deliveryId`. Where it does not, whoever has seen a delivery could send it under
   * another id: then the same bytes count as the same delivery too. Without a `deliveryId` it is said of the sender's
   * `Idempotency-Key`: who sends a token with each delivery may choose that as it likes.
   * @default {false}
   */
  isIdSigned?: boolean;
  /** What the sender proved of itself: the claims of its token. Kept with the batch; no secrets. */
  claims?: Readonly<Record<string, unknown>>;
  /**
   * Whether the hook passes an event over: the sender gets a 200, and neither the hook's schema nor its `batch` sees the
   * event. It is called with the parsed body.
   */
  isIgnored?: (event: unknown) => boolean;
}

/** The request starts nothing: it could not be authenticated, or it is a handshake. */
export interface Unverified {
  /** Tells the verifications apart. */
  isVerified: false;
  /** Why, for the operator. It is never told to the sender, and has no secret in it. */
  cause: string;
  /**
   * The request is a handshake of the sender, verified as a delivery is: it is answered with this, and starts nothing.
   * It grants no access where a verifier guards something else, such as the list of batches.
   */
  handshake?: HandshakeAnswer;
}

/**
 * What a handshake is answered: text or JSON, never HTML, so that a challenge of any content is shown and not run; with
 * neither, the answer is an empty 204.
 */
export interface HandshakeAnswer {
  /** The body of a 200, as `text/plain`. */
  text?: string;
  /** The body of a 200, as `application/json`. */
  json?: unknown;
  /** More header fields. */
  headers?: Readonly<Record<string, string>>;
}

/** What a {@linkcode Verifier} finds. */
export type Verification = Verified | Unverified;

/** What a {@linkcode Verifier} may use of the world. */
export interface VerifierContext {
  /** Tells the time: for the window in which a timestamp is taken. */
  readonly clock: Clock;
  /** Sends a request, for the key set of an issuer. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Which addresses may be used that a document or a sender names: the handler's own options.
   * @default {those that are public by their number}
   */
  readonly addressOptions?: AddressOptions;
  /** Ends with the request. */
  readonly signal: AbortSignal;
}

/**
 * Tells whether a request comes from where it says. It looks at the raw bytes and compares in constant time; it
 * rejects only where it could not find out, as when a key set cannot be fetched.
 *
 * @example One of one's own
 * ```ts
 * import type { Verifier } from "@edge-compute/globus/edge";
 *
 * /** Lets a beamline's gateway in, which has been authenticated by mutual TLS before the request got here. *\/
 * export const gateway: Verifier = ({ headers }) => {
 *   const deliveryId = headers.get("x-scan-id");
 *   if (headers.get("x-client-verified") !== "SUCCESS" || deliveryId === null) {
 *     return Promise.resolve({ isVerified: false, cause: "the gateway has not verified the client" });
 *   }
 *   return Promise.resolve({ isVerified: true, deliveryId, isIdSigned: true });
 * };
 * ```
 *
 * @example One for a sender that first asks whether the address is yours, as Okta does by a GET with a challenge
 * ```ts
 * import { headerSecret, type Verifier } from "@edge-compute/globus/edge";
 *
 * export function create(env: { OKTA_SECRET: string }): Verifier {
 *   const delivery = headerSecret({
 *     header: "authorization",
 *     secrets: [env.OKTA_SECRET],
 *     deliveryId: { field: "eventId" },
 *   });
 *   const verify: Verifier = async (request, context) => {
 *     const found = await delivery(request, context);
 *     const challenge = request.headers.get("x-okta-verification-challenge");
 *     if (!found.isVerified || challenge === null) return found;
 *     return { isVerified: false, cause: "a handshake", handshake: { json: { verification: challenge } } };
 *   };
 *   return Object.assign(verify, { isHandshake: ({ method }: { method: string }) => method === "GET" });
 * }
 * ```
 */
export interface Verifier {
  /** Verifies a request. */
  (request: ReceivedRequest, context: VerifierContext): Promise<Verification>;
  /** The largest body that the sender sends, in bytes: the default for the limit of its hook. */
  readonly maxBodyBytes?: number;
  /**
   * Tells whether a request that is not a POST of JSON may be a handshake: a GET, or a POST without a body. The handler
   * refuses all other such requests without asking the verifier. A handshake that is a POST of JSON needs no `isHandshake`.
   */
  readonly isHandshake?: (request: Omit<ReceivedRequest, "body">) => boolean;
}
