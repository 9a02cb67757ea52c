import { Buffer } from "node:buffer";
import { Parser } from "pickleparser";
import { decodeBase64 } from "../../src/base/base64.ts";
import { deserializeValue, serializeValue } from "../../src/wire/serialized_value.ts";
import type { Contest } from "./contest.ts";
import type { PythonPeer } from "./python_peer.ts";
import { loadParts } from "../../src/wire/on_demand.ts";

await loadParts();

const RESULTS = 10_000;
const NUMBERS = 1_000_000;

/** Values as pickles and as JSON, both ways, and a large array of NumPy's. */
export async function valueContests(python: PythonPeer): Promise<Contest[]> {
  const { pickles, jsons } = await python.ask<{ pickles: string[]; jsons: string[] }>({ make: RESULTS });
  const { base64 } = await python.ask<{ base64: string }>({ numpy: NUMBERS });
  const values = pickles.map((text) => deserializeValue(text));
  const plainValues = jsons.map((text) => JSON.parse(text.slice(3)));
  const array = `00\n${base64}`;
  return [
    {
      name: `decode ${RESULTS} results, pickle`,
      contenders: [
        { name: "ours", run: () => pickles.forEach((text) => void deserializeValue(text)) },
        { name: "pickleparser", run: () => pickles.forEach(decodeByPickleparser) },
        { name: "CPython", run: () => python.run("decode_pickles") },
      ],
      goals: [{ than: "pickleparser", maxRatio: 1 / 3 }, { than: "CPython", maxRatio: 1 }],
    },
    {
      name: `encode ${RESULTS} values, pickle`,
      contenders: [
        { name: "ours", run: () => values.forEach((value) => void serializeValue(value, "value", "pickle")) },
        { name: "CPython", run: () => python.run("encode_pickles") },
      ],
      goals: [],
    },
    {
      name: `decode ${RESULTS} results, JSON`,
      contenders: [
        { name: "ours", run: () => jsons.forEach((text) => void deserializeValue(text)) },
        { name: "JSON.parse", run: () => jsons.forEach((text) => void JSON.parse(text.slice(3))) },
        { name: "CPython", run: () => python.run("decode_jsons") },
      ],
      goals: [{ than: "CPython", maxRatio: 1 }],
    },
    {
      name: `encode ${RESULTS} values, JSON`,
      contenders: [
        {
          name: "ours",
          run: () => plainValues.forEach((value) => void serializeValue(value, "value", "json")),
        },
        { name: "JSON.stringify", run: () => plainValues.forEach((value) => void JSON.stringify(value)) },
        { name: "CPython", run: () => python.run("encode_jsons") },
      ],
      goals: [{ than: "JSON.stringify", maxRatio: 2 }, { than: "CPython", maxRatio: 1 / 5 }],
    },
    {
      name: `decode a NumPy array of ${NUMBERS} float64`,
      contenders: [
        { name: "ours", run: () => void deserializeValue(array) },
        { name: "base64 alone", run: () => void decodeBase64(base64) },
      ],
      goals: [{ than: "base64 alone", maxRatio: 3 }],
    },
  ];
}

function decodeByPickleparser(text: string): void {
  new Parser().parse(Buffer.from(text.slice(3), "base64"));
}
