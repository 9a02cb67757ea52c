import type { Bearer } from "./auth/bearer.ts";
import type { LoggedRequest } from "./records.ts";

/** What there is to know of one request beside the answer itself: handlers fill it, the transport obeys. */
export interface Exchange {
  /** The line of the log. */
  entry: LoggedRequest;
  /** How long the answer is held back. */
  latencyMs: number;
  /** Whether the connection is to be reset in place of an answer. */
  isReset: boolean;
  /** To be called once the answer has been sent whole, and never if it was not. */
  onSent: (() => void)[];
}

/** What Hono's handlers find as `c.env`. */
export interface ServiceEnv {
  Bindings: { exchange: Exchange };
  Variables: { bearer: Bearer };
}

/** What becomes of a request. */
export interface Answer {
  /** Nothing where the connection is to be reset. */
  response: Response | undefined;
  /** To be called once the response has been sent whole; nothing where nobody needs to know. */
  onSent: (() => void) | undefined;
}

/** The service, whatever the transport. */
export type Handle = (request: Request) => Promise<Answer>;
