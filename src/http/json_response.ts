/**
 * A success whose body has been read and parsed, so that a broken one counts as a failed attempt, and nothing
 * is parsed twice: openapi-fetch asks `json()`, as there is a `Content-Length`.
 */
export class JsonResponse extends Response {
  readonly #value: unknown;

  constructor(value: unknown, length: number, received: Response) {
    super(null, { status: received.status, headers: { "content-length": String(length) } });
    this.#value = value;
  }

  override json(): Promise<unknown> {
    return Promise.resolve(this.#value);
  }
}
