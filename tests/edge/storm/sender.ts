import { createHmac } from "node:crypto";

/** What came of the copies of a delivery. */
export interface SentDelivery {
  readonly n: number;
  /** The batches that the senders were told of: one, if all is well. */
  readonly batchIds: ReadonlySet<string>;
  /** How often it was sent again. */
  readonly resends: number;
}

/** Where deliveries go, and how they are signed. */
export interface SenderOptions {
  /**
   * The number of the first one.
   * @default {0}
   */
  readonly first?: number;
  readonly url: () => string;
  readonly secret: string;
  /** How many copies are sent at once. */
  readonly copies: number;
  /** Draws the pauses before a delivery is sent again. */
  readonly random: () => number;
  /** How many deliveries are under way at once. */
  readonly width: number;
  /** Called after each that was taken, with how many were: what it does is waited for before another one is sent. */
  readonly onTaken: (count: number) => void | Promise<void>;
}

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 800;

/** Sends so many deliveries, in copies that are sent at the same time, each until it is taken. */
export async function sendAll(count: number, options: SenderOptions): Promise<SentDelivery[]> {
  const sent: SentDelivery[] = [];
  const { first = 0 } = options;
  let next = first;
  const work = async (): Promise<void> => {
    for (let n = next++; n < first + count; n = next++) {
      const copies = await Promise.all(
        Array.from({ length: options.copies }, () => sendUntilTaken(n, options)),
      );
      sent.push({
        n,
        batchIds: new Set(copies.map(({ batchId }) => batchId)),
        resends: copies.reduce((sum, { attempts }) => sum + attempts - 1, 0),
      });
      await options.onTaken(sent.length);
    }
  };
  await Promise.all(Array.from({ length: options.width }, work));
  return sent;
}

async function sendUntilTaken(
  n: number,
  { url, secret, random }: SenderOptions,
): Promise<{ batchId: string; attempts: number }> {
  const body = JSON.stringify(n);
  const headers = {
    "content-type": "application/json",
    "x-github-event": "push",
    "x-github-delivery": `delivery-${n}`,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
  const hook = n % 2 === 0 ? "submitted" : "accepted";
  for (let attempts = 1;; attempts++) {
    try {
      const response = await fetch(`${url()}/hooks/${hook}`, { method: "POST", headers, body });
      const answer = await response.json();
      if (response.status === 202) return { batchId: answer.batchId, attempts };
    } catch {
      // It was killed, or is not up yet.
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs(random)));
  }
}

function pauseMs(random: () => number): number {
  return SHORTEST_PAUSE_MS + (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS) * random();
}
