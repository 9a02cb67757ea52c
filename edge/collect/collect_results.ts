import type { Client } from "../../mod.ts";
import type { BatchRecord } from "../records/batch_record.ts";
import { askClient, type ClientBatches } from "./ask_client.ts";
import { fail } from "./ask_queue.ts";
import type { CollectRound } from "./collect_round.ts";
import { askedAtMs, batchDueAtMs } from "./poll_schedule.ts";

/**
 * Asks for the tasks of all batches that are due: who has waited longest comes first, and who finds no room comes first
 * the next time.
 *
 * @param keptRequests How many requests of the budget are for other work.
 */
export async function collectResults(round: CollectRound, keptRequests: number): Promise<void> {
  const { context: { clock }, standing } = round;
  const nowMs = clock.nowMs();
  const running = [...standing.values()]
    .filter(({ state }) => state === "running")
    .sort((one, other) => askedAtMs(one) - askedAtMs(other));
  const due = running.filter((record) => (batchDueAtMs(record, nowMs) ?? Infinity) <= nowMs);
  if (due.length === 0) return;
  const soon = running.filter((record) => isDueSoon(record, nowMs));
  for (const group of await byClient(round, due, soon)) await askClient(round, group, keptRequests);
}

/** Whether half of the time until it is due is over: asked for now, it is asked for with the others from then on. */
function isDueSoon(record: BatchRecord, nowMs: number): boolean {
  const dueMs = batchDueAtMs(record, nowMs) ?? Infinity;
  return dueMs > nowMs && record.collection?.failures === 0 && dueMs - nowMs <= nowMs - askedAtMs(record);
}

async function byClient(
  round: CollectRound,
  due: readonly BatchRecord[],
  soon: readonly BatchRecord[],
): Promise<ClientBatches[]> {
  const clientOf = clientFinder(round);
  const groups = new Map<Client, { client: Client; due: BatchRecord[]; soon: BatchRecord[] }>();
  for (const record of due) {
    try {
      const client = await clientOf(record);
      const group = groups.get(client) ?? { client, due: [], soon: [] };
      group.due.push(record);
      groups.set(client, group);
    } catch (error) {
      await fail(round, [record], error);
    }
  }
  for (const record of soon) {
    const client = await clientOf(record).catch(() => undefined); // It is told once it is due.
    if (client !== undefined) groups.get(client)?.soon.push(record);
  }
  return [...groups.values()];
}

/** Finds the client of a batch; for the same hook and claims it is looked for once. */
function clientFinder({ context }: CollectRound): (record: BatchRecord) => Promise<Client> {
  const clients = new Map<string, Promise<Client>>();
  const find = async (hookName: string, claims: BatchRecord["claims"]): Promise<Client> => {
    const hook = context.hooks.get(hookName);
    if (hook === undefined) throw new Error(`There is no hook '${hookName}' any more`);
    return await context.clientFor(hook, claims);
  };
  return ({ hook, claims }) => {
    const key = JSON.stringify([hook, claims]);
    const client = clients.get(key) ?? find(hook, claims);
    clients.set(key, client);
    return client;
  };
}
