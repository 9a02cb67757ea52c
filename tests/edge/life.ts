/** The table of a batch's life in `edge/records/batch_record.ts`, and what holds each commit of a handler against it. */
import { readFileSync } from "node:fs";
import type { BatchRecord, BatchState } from "../../edge/records/batch_record.ts";
import { BATCH_PREFIX } from "../../edge/records/keys.ts";
import { LANE } from "../../edge/lane.ts";
import type { Store, StoreChange } from "../../mod.ts";
import { ROOT } from "../support/run.ts";

/** A row of the table: a step from one state to another, or to the same. */
export interface LifeRow {
  step: string;
  from: BatchState | undefined;
  to: BatchState;
  /** What is always written, and what may be. */
  writes: readonly string[];
  mayWrite: readonly string[];
  expects: string;
}

/** The rows of the first table. */
export const LIFE: readonly LifeRow[] = readRows();

function readRows(): LifeRow[] {
  const source = readFileSync(new URL("edge/records/batch_record.ts", ROOT), "utf8");
  const lines = source.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const first = lines.findIndex((line) => line.startsWith("| step |")) + 2;
  const rows: LifeRow[] = [];
  for (const line of lines.slice(first)) {
    if (!line.startsWith("|")) break;
    const [step = "", from = "", to = "", , writes = "", expects = ""] = line.split("|").slice(1).map((
      cell,
    ) => cell.trim());
    const kinds = writes.split(", ");
    rows.push({
      step,
      from: from === "-" ? undefined : from as BatchState,
      to: to as BatchState,
      writes: kinds.filter((kind) => !kind.startsWith("(")),
      mayWrite: kinds.map((kind) => kind.replace(/[()]/g, "")),
      expects,
    });
  }
  return rows;
}

/** The steps that were seen, by their states: `running -> done`. */
export const seenSteps: Set<string> = new Set();
/** Commits that no row of the table allows: tests end with none. */
export const strayCommits: string[] = [];

/** The same store, each of whose commits is held against the table. */
export function watchLife(store: Store): Store {
  return {
    get: (key) => store.get(key),
    getMany: (keys) => store.getMany(keys),
    list: (...args) => store.list(...args),
    async commit(changes) {
      const isMade = await store.commit(changes);
      if (isMade) hold(changes);
      return isMade;
    },
  };
}

const KIND = /^edge\/(\w+)\//;
/** What a commit of a batch may touch beside what the table is about. */
const BESIDE: readonly string[] = ["pages"];

function hold(changes: readonly StoreChange[]): void {
  const own = changes.find(({ key, value }) => key.startsWith(BATCH_PREFIX) && typeof value === "string");
  const after = recordOf(own?.value);
  const before = recordOf(own?.expected);
  if (own === undefined || after === undefined) return; // It is encrypted, or another thing's.
  const written = new Set<string>();
  for (const { key, value } of changes) {
    const kind = KIND.exec(key)?.[1]?.replace("body", "delivery");
    if (kind !== undefined && value !== undefined && !BESIDE.includes(kind)) written.add(kind);
  }
  const fits = ({ from, to, writes, mayWrite, expects }: LifeRow) =>
    from === before?.state && to === after.state && writes.every((kind) => written.has(kind)) &&
    [...written].every((kind) => mayWrite.includes(kind)) && isExpected(expects, changes, before);
  if (LIFE.some(fits)) seenSteps.add(`${before?.state ?? "-"} -> ${after.state}`);
  else strayCommits.push(`${before?.state ?? "-"} -> ${after.state} with ${[...written].sort().join(", ")}`);
}

function isExpected(
  expects: string,
  changes: readonly StoreChange[],
  before: BatchRecord | undefined,
): boolean {
  if (expects === "no delivery") {
    return changes.some(({ key, expected }) => /^edge\/(delivery|body)\//.test(key) && expected === null);
  }
  if (before === undefined) return false;
  if (expects.includes("lease")) {
    return changes.some(({ key, expected }) => key === `${LANE}/holder` && expected);
  }
  return true;
}

function recordOf(text: string | null | undefined): BatchRecord | undefined {
  if (typeof text !== "string" || !text.startsWith("{")) return undefined;
  return JSON.parse(text) as BatchRecord;
}
