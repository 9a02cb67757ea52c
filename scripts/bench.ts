/**
 * Measures what the budgets name, each beside its peers in the same run:
 * `deno task bench [--json] [--rounds N] [--only WORD] [--python PATH]`.
 *
 * The Python SDK is installed from PyPI with the first run. It reaches a service on port 5000 alone, which has to be
 * free.
 */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startLocalService } from "../src/local/mod.ts";
import environments from "../tests/interop/environments.json" with { type: "json" };
import { batchContests } from "./bench/batch_contests.ts";
import { callContests } from "./bench/call_contests.ts";
import { type Contest, hold, type Result } from "./bench/contest.ts";
import { edgeContests } from "./bench/edge_contests.ts";
import { endToEnd, memory } from "./bench/end_to_end.ts";
import { limitContests } from "./bench/limit_contests.ts";
import { startPythonPeer } from "./bench/python_peer.ts";
import { sizeContests } from "./bench/size_contests.ts";
import { startContests } from "./bench/start_contests.ts";
import { valueContests } from "./bench/value_contests.ts";
import { preparePython } from "./support/python_environment.ts";

const SDK_PORT = 5000;

async function main(): Promise<void> {
  const { values: { json, rounds: roundsText, only, python } } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "7" },
      only: { type: "string", default: "" },
      python: { type: "string", default: "python3" },
    },
  });
  const rounds = Number(roundsText);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot use '--rounds ${roundsText}': it must be a whole number from 1`);
  }
  const folder = fileURLToPath(new URL("../.interop/current", import.meta.url));
  await preparePython(folder, environments.current, { python });

  await using plain = startPythonPeer(python);
  await using sdk = startPythonPeer(join(folder, "bin", "python"), "sdk_peer.py");
  await using local = await startLocalService({ python, port: SDK_PORT, maxRequestsPer10s: 1_000_000 });
  const groups: [about: string, make: () => Promise<Contest[]>][] = [
    ["values", () => valueContests(plain)],
    ["limits", limitContests],
    ["sizes", sizeContests],
    ["batch", () => batchContests(sdk)],
    ["calls", () => callContests(sdk, local)],
    ["edge", edgeContests],
    ["start", startContests],
  ];
  const results: Result[] = [];
  for (const [about, make] of groups) {
    if (!about.includes(only)) continue;
    for (const contest of await make()) {
      const result = await hold(contest, rounds);
      results.push(result);
      if (!json) process.stdout.write(describe(result));
    }
  }
  const batches = "end to end".includes(only) ? await endToEnd(python) : [];
  for (const { tasks, seconds, requests } of json ? [] : batches) {
    const took = `${seconds.toFixed(2).padStart(8)} s  ${requests} requests`;
    process.stdout.write(`${`end to end, ${tasks} tasks`.padEnd(44)}${took}\n`);
  }
  const held = "memory".includes(only) ? await memory() : undefined;
  if (held !== undefined && !json) {
    const [encoded, all] = [held.encodedBytes, held.resultBytes].map((bytes) =>
      `${(bytes / 1e6).toFixed(0)} MB`
    );
    process.stdout.write(
      `${`memory, ${held.calls} calls`.padEnd(44)} ${encoded} once submitted, ${all} with the results\n`,
    );
  }
  if (json) {
    process.stdout.write(`${JSON.stringify({ contests: results, batches, memory: held }, null, 2)}\n`);
  }
}

function describe({ name, medianMs, goals }: Result): string {
  const times = Object.entries(medianMs).map(([contender, ms]) => `${contender} ${ms.toFixed(1)} ms`);
  const verdicts = goals.map(({ than, maxRatio, ratio, isMet }) =>
    `${isMet ? "met" : "MISSED"}: ${ratio.toFixed(2)} of ${than} (goal ${maxRatio.toFixed(2)})`
  );
  return `${name.padEnd(44)} ${times.join("  ")}\n${verdicts.map((verdict) => `    ${verdict}\n`).join("")}`;
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
