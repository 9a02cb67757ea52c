import type { Authorizer, Client, ComputeAuthorizationError } from "../../mod.ts";

/** What a runner tells the suite: all of it as JSON. */
export interface World {
  baseUrl: string;
  issuer: string;
  endpointId: string;
  clientId: string;
  clientSecret: string;
  accessToken: string;
  /** Of the client without a secret, one for each login that a case uses. */
  refreshTokens: string[];
  nativeClientId: string;
  /** An endpoint of the service's owner that another client has no right to. */
  foreignEndpointId: string;
  /** One that asks for a login that meets a policy. */
  policyEndpointId: string;
  policyId: string;
  otherClientId: string;
  otherClientSecret: string;
  /** A private key, and whose JWTs the service takes. */
  jwtKey: JsonWebKey;
  jwtIssuer: string;
  jwtAudience: string;
  /** The service knows the issuer as a client, too, which may revoke what its assertions were traded for. */
  jwtIssuerSecret: string;
  /** Takes the requests of {@linkcode Tools}. */
  controlUrl: string;
  /** A server that redirects whatever comes to another host. */
  redirectUrl: string;
}

/** What came of the suite. */
export interface Outcome {
  cases: { name: string; error?: string }[];
  /** Everything that was thrown, warned of or can be looked at, as a log would show it. */
  log: string[];
  /** Every secret that was sent or received. */
  secrets: string[];
}

/** What a client has sent. */
export interface Sent {
  /** How often it has asked for a token. */
  tokenRequests: number;
  /** How often the service has refused its token. */
  refusals: number;
  /** The tokens that it has shown to the service, the newest last. */
  bearers: Set<string>;
}

/** What may be different with a client. */
export interface ConnectOptions {
  /** How far its clock is ahead of the world's. */
  ahead?: { ms: number };
  baseUrl?: string;
}

/** What a case works with. */
export interface Tools {
  world: World;
  connect(authorizer: Authorizer, options?: ConnectOptions): Client;
  /** What a client has sent until now. */
  sentBy(client: Client): Sent;
  /** A refresh token that no other case uses. */
  takeRefreshToken(): string;
  /** Runs a function through the service, start to end. */
  roundTrip(client: Client): Promise<void>;
  /** One authorized request. */
  ask(client: Client): Promise<string>;
  /** Ends all access tokens that were asked for. */
  expire(): Promise<void>;
  /** Revokes the token that a client has shown last, as somebody else with the same OAuth client does. */
  revoke(client: Client, owner: { clientId: string; clientSecret?: string }): Promise<void>;
  /** Submits tasks by each client, and begins to wait for them; they run once the function is called that it gives. */
  submitHeld(clients: readonly Client[]): Promise<() => Promise<string[]>>;
  /** The error of a call that must fail; it goes into the log. */
  failure(call: Promise<unknown>): Promise<ComputeAuthorizationError>;
  /** How many requests have followed a redirect. */
  countStrays(): Promise<number>;
}

/** A case, by its name. */
export type Case = [name: string, run: (tools: Tools) => Promise<void>];

/** A function that doubles. */
export const SOURCE = "def double(x):\n    return 2 * x\n";
/** A secret that nobody knows. */
export const WRONG_SECRET = "wr0ng-secret-that-must-not-be-shown";
/** No call takes so long. */
export const LIMIT = { timeoutMs: 60_000 };

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)}, not ${String(expected)}`);
}

export function includes(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`'${part}' is not in: ${text}`);
}
