import { checkFaults, FAULT_KINDS, type FaultKind, type Faults, rangeOf } from "./faults.ts";

/** What a request meets. */
export interface Encounter {
  kind: FaultKind | undefined;
  latencyMs: number;
}

/** The faults of a service as they are now, and how far its draws have come. */
export interface FaultState {
  isReadOnce(): boolean;
  isOffline(): boolean;
  /** What the request meets that has just come. */
  nextEncounter(request: { method: string; path: string }): Encounter;
  /** How long the task is on its way that has just come. */
  nextQueueDelayMs(): number;
  /** Resolves as soon as the endpoint is online. */
  untilOnline(): Promise<void>;
  /** Takes other faults in place of those that were, and begins with the draws anew. */
  set(faults: Faults): void;
}

/** What is drawn, each kind with draws of its own, so that none depends on another. */
const DRAW = { fault: 1, latency: 2, queueDelay: 3 };

/**
 * Keeps the faults of a service.
 *
 * @throws {RangeError} If they make no sense.
 */
export function createFaultState(initial: Faults): FaultState {
  let faults: Faults = {};
  let counts = { requests: 0, failing: 0, tasks: 0 };
  const waiting: (() => void)[] = [];

  function between(range: Faults["latencyMs"], kind: number, index: number): number {
    const [least, most] = rangeOf(range);
    return least + (most - least) * draw(faults.seed ?? 0, kind, index);
  }

  function nextKind(request: { method: string; path: string }): FaultKind | undefined {
    const { seed = 0, failNext = [], failRate = {}, failOnly } = faults;
    if (failOnly ? !failOnly(request) : isOfGlobusAuth(request.path)) return undefined;
    const index = counts.failing++;
    const ordered = failNext[index];
    if (ordered !== undefined) return ordered === "none" ? undefined : ordered;
    let left = draw(seed, DRAW.fault, index);
    return FAULT_KINDS.find((kind) => (left -= failRate[kind] ?? 0) < 0);
  }

  function set(next: Faults): void {
    checkFaults(next);
    faults = { ...next };
    counts = { requests: 0, failing: 0, tasks: 0 };
    if (!faults.offline) { for (const wake of waiting.splice(0)) wake(); }
  }

  set(initial);
  return {
    isReadOnce: () => faults.readOnce ?? false,
    isOffline: () => faults.offline ?? false,
    nextEncounter(request) {
      const kind = nextKind(request);
      return { kind, latencyMs: between(faults.latencyMs, DRAW.latency, counts.requests++) };
    },
    nextQueueDelayMs: () => between(faults.queueDelayMs, DRAW.queueDelay, counts.tasks++),
    async untilOnline() {
      while (faults.offline) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    set,
  };
}

function isOfGlobusAuth(path: string): boolean {
  return /^\/(v2\/(oauth2|web)\/|jwk\.json$|\.well-known\/)/.test(path);
}

/**
 * A number from 0 to 1, without 1, that depends on the arguments alone: no draw changes the next one. The mixing
 * is that of MurmurHash3.
 */
function draw(seed: number, kind: number, index: number): number {
  let mixed = 0;
  for (const part of [seed, Math.floor(seed / 2 ** 32), kind, index]) {
    mixed = (Math.imul(mixed, 5) + 0xe6546b64) ^ Math.imul(part | 0, 0xcc9e2d51);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  }
  return (mixed >>> 0) / 2 ** 32;
}
