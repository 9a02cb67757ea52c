import type { EdgeContext } from "../context.ts";
import { inParallel } from "../in_parallel.ts";
import { deliverResults } from "./deliver_results.ts";
import { apiOf, deliverCommitStatus } from "./deliver_status.ts";
import type { DeliveryRound } from "./delivery_round.ts";
import type { ResultsEntry, StatusEntry, WaitingEntry } from "./outbox.ts";

/** Receivers that are sent to at the same time; a Worker has six connections. */
const WIDTH = 4;

/**
 * Delivers what is due of the outbox, in its order, as far as the budget goes.
 *
 * @param onError Is called where an entry fails here, and not at its receiver. The other entries go on.
 */
export async function deliverDue(
  round: Pick<DeliveryRound, "context" | "lane" | "budget" | "signal">,
  entries: readonly WaitingEntry[],
  onError: (waiting: WaitingEntry, error: unknown) => void,
): Promise<void> {
  const all: DeliveryRound = { ...round, resting: new Map(), addresses: new Map() };
  await inParallel(byReceiver(round.context, entries), WIDTH, async (line) => {
    for (const waiting of line) {
      try {
        await (waiting.value.kind === "commitStatus"
          ? deliverCommitStatus(all, waiting as WaitingEntry<StatusEntry>)
          : deliverResults(all, waiting as WaitingEntry<ResultsEntry>));
      } catch (error) {
        onError(waiting, error);
      }
    }
  });
}

/** Entries for one receiver stand in one line: where it does not answer, the others need not find that out. */
function byReceiver({ hooks }: EdgeContext, entries: readonly WaitingEntry[]): WaitingEntry[][] {
  const lines = new Map<string | undefined, WaitingEntry[]>();
  for (const waiting of entries) {
    const { kind, hook: name } = waiting.value;
    const hook = hooks.get(name);
    const receiver = kind === "results" ? hook?.deliver?.url : hook?.commitStatus && apiOf(hook.commitStatus);
    const line = lines.get(receiver);
    if (line === undefined) lines.set(receiver, [waiting]);
    else line.push(waiting);
  }
  return [...lines.values()];
}
