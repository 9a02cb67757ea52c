import type { Client } from "../../mod.ts";

/** What is known of how many tasks one call can ask for. */
export interface AskSize {
  /** For how many tasks to ask. */
  count(requestsLeft: number): number;
  /** How many requests a call may take until it is stopped. */
  maxRequests(): number;
  /** Learns from a call for so many tasks. */
  learn(call: { asked: number; requests: number; hasResults: boolean }): void;
  /** Learns that a call took too many requests, and was stopped. */
  shrink(asked: number): void;
}

/** The client asks for three tasks, the largest results that there are, in one request whatever it knows. */
const SAFE_COUNT = 3;
/** While no result was seen, the client asks for 3, 12, 48, … tasks in each of its requests: five for as many. */
const FIRST_COUNT = 768;
const MAX_COUNT = 1_000;
const SHRINK = 16;

const sizes = new WeakMap<Client, AskSize>();

/**
 * How many tasks one call of `getBatchResult` asks for, so that it takes one request as a rule, and the results of one
 * call, which stand in memory together, are about what the client takes for one answer.
 */
export function askSizeOf(client: Client): AskSize {
  const size = sizes.get(client) ?? createAskSize();
  sizes.set(client, size);
  return size;
}

function createAskSize(): AskSize {
  let count = FIRST_COUNT;
  /** Whether a result was seen: the client knows then how large they are. */
  let isKnown = false;
  return {
    count: (requestsLeft) => isKnown ? count : Math.min(count, 4 ** Math.min(requestsLeft, 10) - 1),
    maxRequests: () => isKnown ? 3 : 8,
    learn({ asked, requests, hasResults }) {
      isKnown ||= hasResults;
      if (!isKnown) return;
      if (requests > 1) count = Math.max(SAFE_COUNT, Math.floor(asked / requests));
      else if (asked >= count) count = Math.min(MAX_COUNT, count * 2);
    },
    shrink(asked) {
      isKnown = true;
      count = Math.max(SAFE_COUNT, Math.floor(asked / SHRINK));
    },
  };
}
