import { accessToken, type Client, type ClientOptions, createClient } from "../../mod.ts";
import { createObservedFetch, json, type ObservedFetch, type SentRequest } from "./observed_fetch.ts";

/** A client whose service gives these answers, one after the other, and no other. */
export interface ScriptedService extends Disposable {
  client: Client;
  fetch: ObservedFetch;
  /** What the client has sent. */
  seen: readonly SentRequest[];
}

/** An error of the service. */
export class Refusal {
  constructor(readonly status: number, readonly code: string) {}
}

/** Makes a client of a service that gives these answers; a {@linkcode Refusal} is an error of the service. */
export function scriptedService(
  answers: readonly unknown[],
  options: Partial<ClientOptions> = {},
): ScriptedService {
  const fetch = createObservedFetch().queueAny(...answers.map(answerOf));
  const client = createClient({ authorizer: accessToken("t"), fetch, maxAttempts: 1, ...options });
  return { client, fetch, seen: fetch.sent, [Symbol.dispose]: () => fetch.assertExhausted() };
}

function answerOf(answer: unknown): Response {
  if (!(answer instanceof Refusal)) return json(answer);
  const { status, code } = answer;
  const detail = `the service says ${code}`;
  return json({ status: "Failed", code, error_args: [], http_status_code: status, detail }, { status });
}
