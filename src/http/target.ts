/** What a request is sent to, as it is told to people: without the host, and without a query. */
export interface Target {
  method: string;
  path: string;
}

/** Reads a request's target. */
export function targetOf({ method, url }: Request): Target {
  return { method, path: new URL(url).pathname };
}

/** A request's target in words, such as `POST /v2/batch_status`. */
export function nameOf(request: Request): string {
  const { method, path } = targetOf(request);
  return `${method} ${path}`;
}
