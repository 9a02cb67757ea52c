/** One delivery that is not taken: what it gets, what it costs, and what is left of it. */
import { listAll } from "../../../src/store/writes.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Batch } from "../../../mod.ts";
import type { Hook } from "../../../edge/hook.ts";
import { settle } from "../../support/manual_clock.ts";
import { type Edge, setUpEdge } from "../edge_helpers.ts";
import { delivery, signedRequest } from "../verify/deliveries.ts";
import { STANDARD_WEBHOOKS } from "../verify/schemes.ts";
import { countedBody } from "./counted_body.ts";

export const MAX_BODY = 4_096;
export const PIECE = 512;
export const LIMITS = { maxBodyBytes: MAX_BODY, maxHeaderBytes: 2_048, maxNesting: 8, maxTasks: 3 };

type Piece = Uint8Array<ArrayBuffer> | undefined;

/** What is sent, and what is to come of it. */
export interface RefusedDelivery {
  status: number;
  /** The last part of the problem's type. */
  type: string;
  /** What the operator is told. */
  cause: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** The pieces of the body, in place of `body`. */
  pieces?: (place: number, edge: Edge) => Piece | Promise<Piece>;
  hook?: Partial<Hook>;
  /** What the hook makes of the event. */
  batch?: (edge: Edge) => unknown;
  /** What has come before. */
  before?: (edge: Edge) => Promise<unknown>;
  /** The answer comes when this time is over, not before. */
  afterMs?: number;
  /** How much of the body is pulled at most. @default {all of it} */
  pullsBytes?: number;
  /** How often the hook is asked. @default {0} */
  asks?: number;
  /** How many keys are in the store in the end. @default {0} */
  keys?: number;
  retryAfter?: string;
  /** What is in the document. */
  says?: string;
}

/** Sends the delivery, and holds what comes of it against the row. */
export async function checkRefusal(row: RefusedDelivery): Promise<void> {
  let asks = 0;
  await using edge: Edge = await setUpEdge({
    options: { limits: LIMITS },
    hook: {
      ...row.hook,
      batch() {
        asks++;
        return row.batch?.(edge) as Batch | undefined;
      },
    },
  });
  await row.before?.(edge);
  const asksBefore = asks;
  const { request, body } = requestOf(row, edge);
  const answering = edge.handler(request);
  if (row.afterMs !== undefined) {
    // What comes before it, a digest for one, takes time of its own.
    while (asks - asksBefore < (row.asks ?? 0) || edge.clock.sleeping === 0) await settle();
    await edge.clock.advance(row.afterMs - 1);
    assertEquals(await Promise.race([answering.then(() => "early"), Promise.resolve("waits")]), "waits");
    await edge.clock.advance(1);
  }
  const response = await answering;
  const text = await response.text();
  const problem = JSON.parse(text);
  assertEquals([response.status, problem.status], [row.status, row.status], text);
  assertEquals(problem.type, `urn:edge-compute:problem:${row.type}`);
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertEquals(response.headers.get("retry-after"), row.retryAfter ?? null);
  if (row.says !== undefined) assertStringIncludes(text, row.says);
  assert(!text.includes("secret"), text);

  assert(body.pulledBytes <= (row.pullsBytes ?? Infinity), `${body.pulledBytes} bytes were pulled`);
  if (row.pullsBytes !== undefined && row.path === undefined) {
    assert(body.isOver, "The rest is still asked for");
  }
  assertEquals([asks - asksBefore, edge.local.runs.length], [row.asks ?? 0, 0]);
  const keys: string[] = [];
  for await (const key of listAll(edge.store, "")) keys.push(key);
  assertEquals(keys.length, row.keys ?? 0, keys.join(" "));

  const event = edge.events.at(-1);
  assert(event?.kind === "deliveryRefused");
  assertEquals([event.status, event.hook], [row.status, row.path === undefined ? "push" : undefined]);
  assertMatch(event.cause, new RegExp(row.cause));
}

function requestOf(
  row: RefusedDelivery,
  edge: Edge,
): { request: Request; body: ReturnType<typeof countedBody> } {
  const { path = "/hooks/push", body: text = '{"ref":"refs/heads/main"}' } = row;
  const sent = delivery({ body: text, id: "msg_1" });
  const { url, headers } = signedRequest(STANDARD_WEBHOOKS, sent, {
    url: `https://hooks.example.org${path}`,
  });
  for (const [name, value] of Object.entries(row.headers ?? {})) headers.set(name, value);
  const body = countedBody((place) => {
    if (row.pieces !== undefined) return row.pieces(place, edge);
    const piece = new Uint8Array(sent.body.subarray(place * PIECE, (place + 1) * PIECE));
    return piece.length === 0 ? undefined : piece;
  });
  return { request: new Request(url, { method: "POST", headers, body: body.stream }), body };
}
