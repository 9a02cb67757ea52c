import type { Authorizer, Client } from "../mod.ts";
import { withDeadline } from "../src/base/deadline.ts";
import { createClient } from "../src/http/client.ts";
import type { Limiter } from "../src/http/limiter.ts";
import type { EdgeContext } from "./context.ts";
import type { Hook } from "./hook.ts";
import { createLane, createRate, type Lane, LaneLostError } from "./lane.ts";

const AUTHORIZER_TIMEOUT_MS = 30_000;
/** Clients of authorizers that depend on claims: so many senders at once is more than a lab has. */
const MAX_CLIENTS_BY_ACCOUNT = 1_000;

/** What a handler has for its requests to the service. */
export interface Requests {
  /** The right to send them. */
  readonly lane: Lane;
  /** The client that acts for a hook and these claims: the same for the same authorizer, so that it keeps its rate. */
  clientFor(hook: Hook, claims: Readonly<Record<string, unknown>>): Promise<Client>;
  /** Has the submissions of one client to one endpoint wait in a line, and lets some of them go at once. */
  inLine<T>(client: Client, endpointId: string, work: () => Promise<T>): Promise<T>;
}

const known = new WeakMap<EdgeContext, Requests>();

/** The requests of a handler: made with the first that is to be sent. */
export function requestsOf(context: EdgeContext): Requests {
  const requests = known.get(context) ?? createRequests(context);
  known.set(context, requests);
  return requests;
}

function createRequests(context: EdgeContext): Requests {
  const { store, clock, waitUntil, options: { service } } = context;
  const rate = createRate(clock, service?.maxRequestsPer10s);
  const lane = createLane({ store, clock, rate, waitUntil });
  const fetch = (request: Request): Promise<Response> => {
    // What is sent again after a while, for one. A submission has its permission from the commit just before it.
    if (!lane.mayAct() && !request.url.endsWith("/submit")) throw new LaneLostError();
    rate.noteSent();
    return context.fetch(request);
  };
  return { lane, clientFor: createClients(context, fetch, rate.limiter), inLine: createLines() };
}

/**
 * How many submissions to one endpoint are under way at once, for one client. What waits is not marked as sent: the fewer
 * are, the fewer are in doubt when a process ends. Two in a second, which the service takes, need no more.
 */
const MAX_AT_ONCE = 4;

function createLines(): Requests["inLine"] {
  const lines = new WeakMap<Client, Map<string, { underWay: number; waiting: (() => void)[] }>>();
  return async (client, endpointId, work) => {
    const own = lines.get(client) ?? new Map();
    lines.set(client, own);
    const line = own.get(endpointId) ?? { underWay: 0, waiting: [] };
    own.set(endpointId, line);
    if (line.underWay < MAX_AT_ONCE) line.underWay++;
    else await new Promise<void>((resolve) => line.waiting.push(resolve)); // Its place is handed on.
    try {
      return await work();
    } finally {
      const next = line.waiting.shift();
      if (next !== undefined) next();
      else if (--line.underWay === 0) own.delete(endpointId);
    }
  };
}

/** One client for each authorizer, so that all that is sent with its credentials keeps to one rate. */
function createClients(
  { clock, unstored: { store }, options }: EdgeContext,
  fetch: EdgeContext["fetch"],
  limiterOf: () => Limiter,
): Requests["clientFor"] {
  const { service: { maxRequestsPer10s: _, ...service } = {} } = options;
  const byAuthorizer = new WeakMap<Authorizer, Client>();
  const byAccount = new Map<string, Client>();

  const clientOf = (authorizer: Authorizer): Client => {
    const known = byAuthorizer.get(authorizer);
    if (known !== undefined) return known;
    const client = createClient({
      ...service,
      authorizer,
      store,
      clock,
      fetch,
      limiter: limiterOf(),
    });
    byAuthorizer.set(authorizer, client);
    return client;
  };

  return async (hook: Hook, claims) => {
    if (hook.authorizerFor === undefined) {
      return clientOf((hook.authorizer ?? options.authorizer) as Authorizer);
    }
    const { authorizerFor } = hook;
    const onTimeout = () => new Error(`'authorizerFor' took longer than ${AUTHORIZER_TIMEOUT_MS} ms`);
    const { authorizer, account } = await withDeadline(
      { clock, timeoutMs: AUTHORIZER_TIMEOUT_MS, onTimeout },
      async () => {
        const authorizer = await authorizerFor(claims);
        return { authorizer, account: await authorizer.account?.() };
      },
    );
    if (account === undefined) return clientOf(authorizer);
    const client = byAccount.get(account) ?? clientOf(authorizer);
    byAccount.delete(account);
    byAccount.set(account, client);
    const [oldest] = byAccount.keys();
    if (byAccount.size > MAX_CLIENTS_BY_ACCOUNT && oldest !== undefined) byAccount.delete(oldest);
    return client;
  };
}
