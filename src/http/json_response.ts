/**
 * A success whose body has been read and parsed, so that a broken one counts as a failed attempt, and nothing
 * is parsed twice: openapi-fetch asks `json()`, as there is a `Content-Length` that is not 0.
 */
export class JsonResponse extends Response {
  /** The id by which the service's operators find the request. */
  readonly requestId: string | undefined;
  readonly #value: unknown;

  /** @param value Nothing where the answer has no body, or none that is needed. */
  constructor(value: unknown, { status, requestId }: { status: number; requestId: string | undefined }) {
    super(null, { status, headers: { "content-length": value === undefined ? "0" : "1" } });
    this.#value = value;
    this.requestId = requestId;
  }

  override json(): Promise<unknown> {
    return Promise.resolve(this.#value);
  }
}
