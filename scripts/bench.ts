/**
 * Measures what the budgets name, each beside its peers in the same run:
 * `deno task bench [--json] [--rounds N] [--only WORD] [--python PATH]`.
 *
 * The Python SDK is installed from PyPI with the first run. It reaches a service on port 5000 alone: what it does over
 * that port comes last, and where another program has the port, all else is measured and the run fails with a line
 * that says so.
 */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type LocalService, startLocalService } from "../src/local/mod.ts";
import environments from "../tests/interop/environments.json" with { type: "json" };
import { batchContests } from "./bench/batch_contests.ts";
import { callContests } from "./bench/call_contests.ts";
import { collectContests } from "./bench/collect_contests.ts";
import { type Contest, hold, type Result } from "./bench/contest.ts";
import { edgeContests } from "./bench/edge_contests.ts";
import { endToEnd, memory } from "./bench/end_to_end.ts";
import { limitContests } from "./bench/limit_contests.ts";
import { startPythonPeer } from "./bench/python_peer.ts";
import { sizeContests } from "./bench/size_contests.ts";
import { startContests } from "./bench/start_contests.ts";
import { storeContests } from "./bench/store_contests.ts";
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
  const groups: [about: string, make: () => Promise<Contest[]>][] = [
    ["values", () => valueContests(plain)],
    ["limits", limitContests],
    ["sizes", sizeContests],
    ["batch", () => batchContests(sdk)],
    ["start", startContests],
  ];
  const results: Result[] = [];
  const holdAll = async (contests: readonly Contest[]) => {
    for (const contest of contests) {
      const result = await hold(contest, rounds);
      results.push(result);
      if (!json) process.stdout.write(describe(result));
    }
  };
  for (const [about, make] of groups) if (about.includes(only)) await holdAll(await make());
  const onDisk: [about: string, make: () => Promise<{ contests: Contest[] } & AsyncDisposable>][] = [
    ["edge", edgeContests],
    ["collect", collectContests],
    ["stores", storeContests],
  ];
  for (const [about, make] of onDisk) {
    if (!about.includes(only)) continue;
    await using made = await make();
    await holdAll(made.contests);
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
  const notMeasured = "calls".includes(only)
    ? await onSdkPort(python, async (local) => holdAll(await callContests(sdk, local)))
    : undefined;
  if (json) {
    const report = { contests: results, batches, memory: held, notMeasured };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  }
  if (notMeasured !== undefined) throw new Error(notMeasured);
}

/** Measures against a service on the one port that the SDK reaches, or says why that cannot be. */
async function onSdkPort(
  python: string,
  measure: (local: LocalService) => Promise<void>,
): Promise<string | undefined> {
  try {
    await using local = await startLocalService({ python, port: SDK_PORT, maxRequestsPer10s: 1_000_000 });
    await measure(local);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    return `Cannot measure the calls beside the Python SDK: it reaches port ${SDK_PORT} alone, which is taken; ` +
      `free it and run 'deno task bench --only calls'`;
  }
}

function describe({ name, medianMs, goals, counts }: Result): string {
  const times = Object.entries(medianMs).map(([contender, ms]) => `${contender} ${ms.toFixed(1)} ms`);
  const verdicts = goals.map(({ than, maxRatio, ratio, isMet }) =>
    `${isMet ? "met" : "MISSED"}: ${ratio.toFixed(2)} of ${than} (goal ${maxRatio.toFixed(2)})`
  );
  for (const { what, count, max } of counts) {
    verdicts.push(`${count <= max ? "met" : "MISSED"}: ${count} ${what} (goal ${max})`);
  }
  return `${name.padEnd(44)} ${times.join("  ")}\n${verdicts.map((verdict) => `    ${verdict}\n`).join("")}`;
}

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
