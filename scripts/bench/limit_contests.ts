import { encodeBase64Lines } from "../../src/wire/base64.ts";
import { loadParts } from "../../src/wire/on_demand.ts";
import { deserializeValue } from "../../src/wire/serialized_value.ts";
import {
  HOSTILE_JSON,
  HOSTILE_PICKLES,
  type HostileResult,
  plainJson,
  plainPickle,
} from "../../tests/support/hostile_results.ts";
import type { Contest } from "./contest.ts";

await loadParts();

/** Any result of 10 MB is read, or refused, in so many times what a plain one of the same length takes. */
const MAX_RATIO = 6;

/** Results of 10 MB that were made to be slow, each beside a plain one. */
export function limitContests(): Promise<Contest[]> {
  const plain = { pickle: pickleText(plainPickle()), json: `11\n${plainJson()}` };
  const contest = (
    kind: "pickle" | "json",
    { name, refusal }: HostileResult<unknown>,
    raw: string,
  ): Contest => ({
    name: `${refusal === undefined ? "read" : "refuse"} ${kind}: ${name}`,
    contenders: [
      { name: "ours", run: () => readOrRefuse(raw) },
      { name: "a plain result", run: () => void deserializeValue(plain[kind]) },
    ],
    goals: [{ than: "a plain result", maxRatio: MAX_RATIO }],
  });
  return Promise.resolve([
    ...HOSTILE_PICKLES.map((hostile) => contest("pickle", hostile, pickleText(hostile.make()))),
    ...HOSTILE_JSON.map((hostile) => contest("json", hostile, `11\n${hostile.make()}`)),
  ]);
}

function pickleText(bytes: Uint8Array): string {
  return `00\n${encodeBase64Lines(bytes)}`;
}

function readOrRefuse(raw: string): void {
  try {
    deserializeValue(raw);
  } catch {
    // That is an answer too.
  }
}
