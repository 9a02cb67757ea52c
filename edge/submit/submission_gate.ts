import type { Client } from "../../mod.ts";

/**
 * How many submissions to one endpoint are under way at once, for one client. What waits for its turn is not
 * marked as sent: the fewer are, the fewer are in doubt when a process ends. Two in a second, which the service
 * takes, need no more.
 */
const MAX_AT_ONCE = 4;

interface Line {
  underWay: number;
  readonly waiting: (() => void)[];
}

const lines = new WeakMap<Client, Map<string, Line>>();

/** Runs work once it is its turn: in the order of the calls, and not too much of it at once. */
export async function inGate<T>(client: Client, endpointId: string, work: () => Promise<T>): Promise<T> {
  const own = lines.get(client) ?? new Map<string, Line>();
  lines.set(client, own);
  const line = own.get(endpointId) ?? { underWay: 0, waiting: [] };
  own.set(endpointId, line);
  if (line.underWay < MAX_AT_ONCE) line.underWay++;
  else await new Promise<void>((resolve) => line.waiting.push(resolve)); // Its place is handed on.
  try {
    return await work();
  } finally {
    const next = line.waiting.shift();
    if (next !== undefined) next();
    else if (--line.underWay === 0) own.delete(endpointId);
  }
}
