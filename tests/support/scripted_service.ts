import { assertEquals } from "@std/assert";
import { accessToken, type Client, type ClientOptions, createClient } from "../../mod.ts";

/** What a client has sent. */
export interface SeenRequest {
  /** Such as `GET /v2/endpoints?role=any`. */
  call: string;
  body: unknown;
  headers: Headers;
}

/** A client whose service gives these answers, one after the other, and no other. */
export interface ScriptedService extends Disposable {
  client: Client;
  seen: SeenRequest[];
}

/** An error of the service. */
export class Refusal {
  constructor(readonly status: number, readonly code: string) {}
}

/**
 * Makes a client of a service that gives these answers; a {@linkcode Refusal} is an error of the service. Calls
 * in `standing` are answered by themselves, and not counted.
 */
export function scriptedService(
  answers: readonly unknown[],
  options: Partial<ClientOptions> = {},
  standing: Record<string, unknown> = {},
): ScriptedService {
  const left = [...answers];
  const seen: SeenRequest[] = [];
  const fetch = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const call = `${request.method} ${pathname}${search}`;
    const text = await request.text();
    if (standing[call] !== undefined) return Response.json(standing[call]);
    seen.push({ call, body: text === "" ? undefined : JSON.parse(text), headers: request.headers });
    if (left.length === 0) throw new Error(`Unexpected ${call}`);
    const answer = left.shift();
    if (!(answer instanceof Refusal)) return Response.json(answer);
    const { status, code } = answer;
    const detail = `the service says ${code}`;
    return Response.json({ status: "Failed", code, error_args: [], http_status_code: status, detail }, {
      status,
    });
  };
  const client = createClient({ authorizer: accessToken("t"), fetch, maxAttempts: 1, ...options });
  return { client, seen, [Symbol.dispose]: () => assertEquals(left, [], "answers that nobody asked for") };
}
