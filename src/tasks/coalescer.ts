import { ComputeAuthorizationError } from "../errors/authorization_error.ts";
import { ComputeHttpError } from "../errors/http_error.ts";
import type { ClientContext } from "../http/client.ts";
import type { BatchReceipt } from "../wire/receipt.ts";
import type { EncodedTask } from "../wire/split_tasks.ts";
import type { SubmitEnvelope } from "../wire/submit_body.ts";
import { splitSubmission, submitInParts, type SubmittedPart, toReceipt } from "./submit_in_parts.ts";

/** How long the first call of a submission waits for others to travel with it. */
const GATHER_MS = 5;
/** How many lanes are known at the most: those that rest make room. */
const MAX_LANES = 1_000;

/** Tasks of one call, waiting to be sent. */
interface Entry {
  tasks: readonly EncodedTask[];
  resolve(receipt: BatchReceipt): void;
  reject(error: unknown): void;
}

/** Calls for one endpoint with the same options: they travel together. */
interface Lane {
  endpointId: string;
  envelope: SubmitEnvelope;
  waiting: Entry[];
  isRunning: boolean;
}

const lanes = new WeakMap<ClientContext, Map<string, Lane>>();

/** A call that waits to be sent, and can still be taken back. */
export interface GatheredCall {
  receipt: Promise<BatchReceipt>;
  /** Takes the call back, if it has not been sent. Returns whether it was. */
  withdraw(): boolean;
}

/**
 * Submits the tasks of a call together with those of other calls that are made within a few milliseconds, or
 * while a submission to the same endpoint is on its way.
 */
export function submitTogether(
  context: ClientContext,
  endpointId: string,
  envelope: SubmitEnvelope,
  tasks: readonly EncodedTask[],
): GatheredCall {
  splitSubmission({ envelope, tasks }); // What is too large is refused before it takes others along.
  const lane = laneFor(context, endpointId, envelope);
  let entry: Entry | undefined;
  const receipt = new Promise<BatchReceipt>((resolve, reject) => {
    entry = { tasks, resolve, reject };
    lane.waiting.push(entry);
  });
  if (!lane.isRunning) void run(context, lane);
  return {
    receipt,
    withdraw() {
      const index = lane.waiting.indexOf(entry as Entry);
      if (index >= 0) lane.waiting.splice(index, 1);
      return index >= 0;
    },
  };
}

function laneFor(context: ClientContext, endpointId: string, envelope: SubmitEnvelope): Lane {
  const own = lanes.get(context) ?? new Map<string, Lane>();
  lanes.set(context, own);
  const key = `${endpointId} ${JSON.stringify(envelope)}`;
  const known = own.get(key);
  if (known !== undefined) return known;
  for (const [other, { isRunning }] of own) {
    if (own.size < MAX_LANES) break;
    if (!isRunning) own.delete(other);
  }
  const lane = { endpointId, envelope, waiting: [], isRunning: false };
  own.set(key, lane);
  return lane;
}

async function run(context: ClientContext, lane: Lane): Promise<void> {
  lane.isRunning = true;
  await context.clock.sleep(GATHER_MS);
  while (lane.waiting.length > 0) await send(context, lane, lane.waiting.splice(0));
  lane.isRunning = false;
}

/**
 * Submits what has gathered. Each submission gets a task group of its own, unless the caller names one: of a group
 * that is told to callers, nobody knows who else adds to it.
 */
async function send(context: ClientContext, lane: Lane, entries: readonly Entry[]): Promise<void> {
  let parts: SubmittedPart[];
  try {
    const { endpointId, envelope } = lane;
    parts = await submitInParts(context, {
      endpointId,
      envelope,
      tasks: entries.flatMap(({ tasks }) => tasks),
    }, {});
  } catch (error) {
    for (const entry of entries) entry.reject(error);
    return;
  }
  const refused = new Map<Entry, unknown>();
  let start = 0;
  for (const entry of entries) {
    try {
      entry.resolve(toReceipt(parts, start, entry.tasks.length));
    } catch (error) {
      if (isAboutFunction(error)) refused.set(entry, error);
      else entry.reject(error);
    }
    start += entry.tasks.length;
  }
  // A function that the service refuses must not take those of other calls along: nothing of them was taken.
  const groups = groupByFunction([...refused.keys()]);
  if (groups.length < 2) refused.forEach((error, entry) => entry.reject(error));
  else for (const together of groups) await send(context, lane, together);
}

/** Whether it is a refusal of one function or its arguments, and not of the endpoint, the time or the caller. */
function isAboutFunction(error: unknown): boolean {
  const isRefusal = error instanceof ComputeHttpError || error instanceof ComputeAuthorizationError;
  return isRefusal && /^(FUNCTION|TASK_PAYLOAD)_/.test(error.serviceCode ?? "");
}

function groupByFunction(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = [...new Set(entry.tasks.map(({ functionId }) => functionId))].join(" ");
    groups.set(key, [...groups.get(key) ?? [], entry]);
  }
  return [...groups.values()];
}
