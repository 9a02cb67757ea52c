/**
 * A success whose body has been read and parsed, so that a broken one counts as a failed attempt, and nothing
 * is parsed twice: openapi-fetch asks `json()`, as there is a `Content-Length`.
 */
export class JsonResponse extends Response {
  /** The id by which the service's operators find the request. */
  readonly requestId: string | undefined;
  readonly #value: unknown;

  constructor(
    value: unknown,
    { status, length, requestId }: { status: number; length: number; requestId: string | undefined },
  ) {
    super(null, { status, headers: { "content-length": String(length) } });
    this.#value = value;
    this.requestId = requestId;
  }

  override json(): Promise<unknown> {
    return Promise.resolve(this.#value);
  }
}
