/**
 * Rounds of commits that a process makes beside others, and may be killed at, and what has to be true of the store
 * afterwards, for each commit: it is there whole or not at all, and it is there if it was acknowledged. They run anywhere.
 *
 * @module
 */
import type { Store, StoreChange } from "../../src/store/store.ts";
import { keysOf } from "./store_case.ts";

/** How many changes a commit of a round has at most; in some rounds it has as many. */
const MAX_CHANGES = 64;
/** Keys that all processes write in each commit, whatever stands there. */
const SHARED = ["shared/0", "shared/1", "shared/2", "shared/3"];
const COUNTER = "counter";
const SEATS = ["seat/0", "seat/1"];
/** Beside its parts a commit writes the head, the counter and what is shared, and checks two keys. */
const MAX_PARTS = MAX_CHANGES - SHARED.length - 4;

/** What a process does in one round. */
export interface Round {
  /** Of the process. */
  name: string;
  /** From 0, one after the other. */
  round: number;
  /** How many bytes a commit gets, about. */
  maxBytes: number;
  /** The processes also take turns at a counter, for which none may be killed. */
  hasTurns?: boolean;
  /** Is called once the round's commit has been acknowledged. */
  onDone?(): void;
}

/** What a process has made, which is in each of its commits: how many of them, and how many of these count. */
interface Head {
  rounds: number;
  counted: number;
}

/** How a commit looks, which the number of the round says. */
interface Shape {
  parts: number;
  length: number;
  isCounted: boolean;
}

/**
 * Makes one commit: a process replaces all parts of its block, of which there is another number in each round, and
 * counts, in the same commit, on the counter that all processes share.
 */
export async function runRound(store: Store, options: Round): Promise<void> {
  const { name, round, maxBytes, hasTurns = false, onDone = () => {} } = options;
  if (hasTurns) await takeTurn(store, name);
  const { parts, length, isCounted } = shapeOf(round, maxBytes);
  const before = round === 0 ? undefined : shapeOf(round - 1, maxBytes);
  const block = Array.from({ length: Math.max(parts, before?.parts ?? 0) }, (_, i): StoreChange => {
    if (i >= parts) return { key: partOf(name, i), value: null };
    return { key: partOf(name, i), value: wholeValue(`${round}.${i}`, length) };
  });
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const [text, counter] = await store.getMany([headOf(name), COUNTER]);
    const { rounds, counted } = text === undefined ? { rounds: 0, counted: 0 } : JSON.parse(text) as Head;
    if (rounds !== round) throw new Error(`'${name}' has made ${rounds} rounds, and the store has ${round}`);
    const head = JSON.stringify({ rounds: round + 1, counted: counted + Number(isCounted), parts, length });
    const isMade = await store.commit([
      ...SHARED.map((key) => ({ key, value: wholeValue(`${name}.${round}`, (round * 7919) % 5000) })),
      ...block,
      { key: headOf(name), expected: text ?? null, value: head },
      { key: "never", expected: null },
      ...(isCounted
        ? [{ key: COUNTER, expected: counter ?? null, value: `${Number(counter ?? 0) + 1}` }]
        : []),
    ]);
    if (!isMade) continue;
    onDone();
    const shared = await store.getMany(SHARED);
    if (shared.some((value) => value !== shared[0])) {
      throw new Error("A commit of another process is in parts");
    }
    return;
  }
  throw new Error("Cannot count: another process was always quicker");
}

/** Large ones do not count: they would come too late each time. */
function shapeOf(round: number, maxBytes: number): Shape {
  const isLarge = round % 4 === 2;
  const parts = round % 8 === 3 ? MAX_PARTS : 1 + (round * 31) % (isLarge ? 7 : MAX_PARTS);
  return {
    parts,
    length: isLarge ? Math.floor(maxBytes / parts) : (round * 104_729) % 700,
    isCounted: !isLarge,
  };
}

/**
 * Holds what is in the store against what processes, which were killed, were told of their commits.
 *
 * @param acknowledged How many rounds of each process were acknowledged.
 * @returns How many commits counted, of all processes there ever were.
 */
export async function checkAfterCrash(
  store: Store,
  acknowledged: Readonly<Record<string, number>>,
): Promise<number> {
  let sum = 0;
  const names = (await keysOf(store, "head/")).map((key) => key.slice("head/".length));
  for (const name of new Set([...names, ...Object.keys(acknowledged)])) {
    const text = await store.get(headOf(name));
    const { rounds, counted, parts, length } = text === undefined
      ? { rounds: 0, counted: 0, parts: 0, length: 0 }
      : JSON.parse(text) as Head & Omit<Shape, "isCounted">;
    const least = acknowledged[name] ?? 0;
    // Of the last one it may not have been told.
    if (rounds < least || (name in acknowledged && rounds > least + 1)) {
      throw new Error(`'${name}' was told of ${least} commits, and the store has ${rounds}`);
    }
    const keys = await keysOf(store, partOf(name));
    const expected = Array.from({ length: parts }, (_, i) => partOf(name, i));
    if (keys.join() !== expected.join()) throw new Error(`'${name}' has ${keys}, not ${parts} parts`);
    for (const [i, key] of keys.entries()) {
      if (await store.get(key) !== wholeValue(`${rounds - 1}.${i}`, length)) {
        throw new Error(`'${key}' is not of the commit ${rounds - 1}, or not all there`);
      }
    }
    sum += counted;
  }
  const counter = Number(await store.get(COUNTER) ?? 0);
  if (counter !== sum) throw new Error(`The counter says ${counter} after ${sum} commits that count`);
  const shared = await store.getMany(SHARED);
  if (shared.some((value) => value !== shared[0])) throw new Error("'shared' is of several commits");
  for (const key of await keysOf(store)) {
    const value = await store.get(key) as string;
    if (!await store.commit([{ key, expected: value, value }])) throw new Error(`'${key}' cannot be written`);
  }
  return counter;
}

const headOf = (name: string) => `head/${name}`;
const partOf = (name: string, i?: number) =>
  `part/${name}/${i === undefined ? "" : String(i).padStart(2, "0")}`;

/** A value of which a part, or a mixture, shows. */
function wholeValue(what: string, length: number): string {
  return `${what} ${"x".repeat(length)} ${what}`;
}

/**
 * Adds one to a counter that only the holder of one of two seats may write, where each may sit only while nobody sits on
 * the other one: a write between what a commit checks and what it writes would show.
 */
async function takeTurn(store: Store, name: string): Promise<void> {
  const [mine, other] = name.charCodeAt(name.length - 1) % 2 ? SEATS : [...SEATS].reverse();
  const seat = mine as string;
  const take: StoreChange[] = [
    { key: seat, expected: null, value: name },
    { key: other as string, expected: null },
  ];
  // Others sit for as long as two calls take.
  for (let attempt = 0; !await store.commit(take); attempt++) {
    if (attempt > 100_000) throw new Error("Cannot get a seat: it is not left");
  }
  const before = Number(await store.get("turns") ?? 0);
  const leave = [{ key: seat, expected: name, value: null }, { key: "turns", value: `${before + 1}` }];
  if (!await store.commit(leave)) throw new Error(`'${seat}' has been taken from '${name}'`);
}
