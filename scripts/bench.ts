/**
 * Measures what the budgets name, each beside its peers in the same run: `deno task bench [--json] [--rounds N]`.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { hold, type Result } from "./bench/contest.ts";
import { startPythonPeer } from "./bench/python_peer.ts";
import { valueContests } from "./bench/value_contests.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "7" },
      python: { type: "string", default: "python3" },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`Cannot use '--rounds ${values.rounds}': it must be a whole number from 1`);
  }
  await using python = startPythonPeer(values.python);
  const results: Result[] = [];
  for (const contest of await valueContests(python)) {
    const result = await hold(contest, rounds);
    results.push(result);
    if (!values.json) process.stdout.write(describe(result));
  }
  if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
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
