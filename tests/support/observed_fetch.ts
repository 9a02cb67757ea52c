/** A request as the client handed it to `fetch`. */
export interface SentRequest {
  /** Method and path, such as `POST /v2/batch_status`. */
  readonly route: string;
  /** The route with what is asked of it, such as `GET /v2/endpoints?role=any`. */
  readonly call: string;
  readonly url: URL;
  readonly headers: Headers;
  /** The body's text; empty where there is none. */
  readonly text: string;
  /** The body, parsed; `undefined` where there is none. */
  readonly body: unknown;
  readonly signal: AbortSignal;
  readonly redirect: RequestRedirect;
}

/** What a call of `fetch` comes to: an answer, a failure to be thrown, or whatever a handler makes. */
export type Answer = Response | Error | ((sent: SentRequest) => Response | Promise<Response>);

/** A `fetch` to inject that answers what it was told to, and nothing else. */
export interface ObservedFetch {
  (request: Request): Promise<Response>;
  /** Every request, in the order in which they were sent. */
  readonly sent: readonly SentRequest[];
  /** The bodies sent to a route, parsed. */
  bodies(route: string): unknown[];
  /** Queues answers for a route: each is given once. */
  queue(route: string, ...answers: Answer[]): ObservedFetch;
  /** Queues answers for any route that has none of its own: each is given once, in this order. */
  queueAny(...answers: Answer[]): ObservedFetch;
  /** Answers a route from now on whenever its queue is empty. */
  always(route: string, answer: (sent: SentRequest) => Response | Promise<Response>): ObservedFetch;
  /** Throws if an answer was not asked for, or a request came that none was queued for. */
  assertExhausted(): void;
}

/** Makes a `fetch` that has no answers yet. */
export function createObservedFetch(): ObservedFetch {
  const queues = new Map<string, Answer[]>();
  const ofAnyRoute: Answer[] = [];
  const standing = new Map<string, Answer>();
  const sent: SentRequest[] = [];
  const unexpected: string[] = [];

  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const { headers, signal, redirect } = request;
    const route = `${request.method} ${url.pathname}`;
    const text = await request.text();
    const one: SentRequest = {
      route,
      call: route + url.search,
      url,
      headers,
      signal,
      redirect,
      text,
      get body(): unknown {
        return text === "" ? undefined : JSON.parse(text);
      },
    };
    sent.push(one);
    const answer = queues.get(route)?.shift() ?? standing.get(route) ?? ofAnyRoute.shift();
    if (answer === undefined) {
      unexpected.push(route);
      throw new Error(`Unexpected request: ${route}`);
    }
    if (answer instanceof Error) throw answer;
    return answer instanceof Response ? answer : await answer(one);
  };

  const observed: ObservedFetch = Object.assign(fetch, {
    sent,
    bodies: (route: string) => sent.filter((one) => one.route === route).map(({ body }) => body),
    queue(route: string, ...answers: Answer[]) {
      queues.set(route, [...queues.get(route) ?? [], ...answers]);
      return observed;
    },
    queueAny(...answers: Answer[]) {
      ofAnyRoute.push(...answers);
      return observed;
    },
    always(route: string, answer: (sent: SentRequest) => Response | Promise<Response>) {
      standing.set(route, answer);
      return observed;
    },
    assertExhausted() {
      if (unexpected.length > 0) throw new Error(`Unexpected requests: ${unexpected.join(", ")}`);
      const left = [...queues].filter(([, answers]) => answers.length > 0).map(([route]) => route);
      if (ofAnyRoute.length > 0) left.push("any route");
      if (left.length > 0) throw new Error(`Never asked for: ${left.join(", ")}`);
    },
  });
  return observed;
}

/** An answer with JSON. */
export function json(value: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(value), { headers: { "content-type": "application/json" }, ...init });
}

/** An answer that never comes; like a real `fetch`, it ends with the request's signal. */
export function never({ signal }: SentRequest): Promise<Response> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
