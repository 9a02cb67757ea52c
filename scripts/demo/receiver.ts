/** Where the demo has its results sent: it takes messages that are signed, and puts their pages together. */
import * as v from "valibot";
import { standardWebhooks } from "../../edge/mod.ts";
import { systemClock } from "../../mod.ts";

const message = v.object({
  data: v.object({
    page: v.number(),
    pages: v.number(),
    tasks: v.array(v.object({
      index: v.number(),
      state: v.string(),
      result: v.optional(v.unknown()),
      error: v.optional(v.object({ type: v.optional(v.string()), traceback: v.optional(v.string()) })),
    })),
  }),
});

/** A task as a message has it. */
export type DeliveredTask = v.InferOutput<typeof message>["data"]["tasks"][number];

/** What has arrived. */
export interface Delivery {
  messages: number;
  tasks: DeliveredTask[];
}

/** A receiver of messages that are signed with this secret. */
export interface Receiver {
  /** Takes a message, or refuses it. */
  fetch(request: Request): Promise<Response>;
  /** Resolves once all pages are there. */
  readonly delivery: Promise<Delivery>;
}

/** Makes a receiver. */
export function createReceiver(secret: string): Receiver {
  const verify = standardWebhooks({ secrets: [secret] });
  const pages = new Map<number, DeliveredTask[]>();
  const { promise: delivery, resolve } = Promise.withResolvers<Delivery>();
  return {
    delivery,
    async fetch(request) {
      const body = new Uint8Array(await request.arrayBuffer());
      const received = { method: request.method, url: new URL(request.url), headers: request.headers, body };
      const context = { clock: systemClock, fetch, signal: request.signal };
      if (!(await verify(received, context)).isVerified) return new Response(null, { status: 401 });
      const { data } = v.parse(message, JSON.parse(new TextDecoder().decode(body)));
      pages.set(data.page, data.tasks); // A page that is sent again is the same.
      if (pages.size === data.pages) resolve({ messages: pages.size, tasks: [...pages.values()].flat() });
      return new Response(null, { status: 204 });
    },
  };
}
