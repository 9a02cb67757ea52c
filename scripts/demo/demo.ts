/**
 * The first minute: `deno task demo`. How fast does CO2 at Mauna Loa rise, and is the rise speeding up?
 *
 * A Python function fits a curve to a resample of the years. Two hundred tasks of one batch are the bootstrap;
 * they run in real Python processes behind a local Compute service, and one more is given a bad argument.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import {
  asCompleted,
  batchRun,
  type BatchTask,
  clientCredentials,
  type ComputeTaskError,
  createClient,
  registerSource,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";
import { estimate, histogram } from "./statistics.ts";

const RESAMPLES = 200;
const TIMEOUT_MS = 120_000;

/** What `fit_resample` in `co2_trend.py` returns. */
interface Trend {
  first: number;
  last: number;
  acceleration: number;
}

async function main(): Promise<void> {
  const startMs = performance.now();
  const [{ years, ppm }, source] = await Promise.all([
    readMeasurements(new URL("co2_annmean_mlo.csv", import.meta.url)),
    readFile(new URL("co2_trend.py", import.meta.url), "utf8"),
  ]);
  say(
    `CO2 at Mauna Loa, yearly means of ${years.length} years: how fast does it rise, and is the rise speeding up?`,
  );

  await using local = await startLocalService();
  say(`Local Compute service at ${local.baseUrl}, ${local.workers} workers, Python ${local.pythonVersion}`);

  let requests = 0;
  const client = createClient({
    baseUrl: local.baseUrl,
    authorizer: clientCredentials(local),
    fetch: (request) => {
      requests++;
      return fetch(request);
    },
  });

  const functionId = await registerSource(client, { source, name: "fit_resample" });
  const tasks: BatchTask[] = Array.from({ length: RESAMPLES }, (_, seed) => ({
    functionId,
    args: [years, ppm],
    kwargs: { seed },
  }));
  tasks.push({ functionId, args: [years, ppm.map(String)], kwargs: { seed: 0 } }); // Text is no measurement.
  const receipt = await batchRun(client, { endpointId: local.endpointId, tasks });

  const trends: Trend[] = [];
  const failures: ComputeTaskError[] = [];
  for await (const outcome of asCompleted(client, receipt, { timeoutMs: TIMEOUT_MS })) {
    if (outcome.state === "success") trends.push(toTrend(outcome.result));
    else if (outcome.state === "failed") failures.push(outcome.error);
    else throw new Error(`Task ${outcome.taskId} came back as '${outcome.state}'`);
    showProgress(trends.length + failures.length, tasks.length);
  }

  const first = years[0] as number;
  const last = years.at(-1) as number;
  say("");
  say(`${"".padEnd(34)}${"estimate".padStart(10)}   95 % interval`);
  sayRow(`Growth in ${first} (ppm a year)`, trends.map((trend) => trend.first));
  sayRow(`Growth in ${last} (ppm a year)`, trends.map((trend) => trend.last));
  sayRow("Acceleration (ppm a year/decade)", trends.map((trend) => trend.acceleration));
  say("");
  say(`Growth in ${last} over ${trends.length} resamples:`);
  for (const line of histogram(trends.map((trend) => trend.last), 10, 40)) say(`  ${line}`);
  say("");
  say(answer(trends, last));
  say("");
  for (const failure of failures) {
    say(`One task was given text in place of numbers. Its ${failure.type} came back as data:`);
    say(failure.traceback.trimEnd().replaceAll(/^/gm, "  | "));
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  say("");
  say(`${tasks.length} tasks in ${requests} requests, ${seconds} s in all.`);
}

async function readMeasurements(file: URL): Promise<{ years: number[]; ppm: number[] }> {
  const rows = (await readFile(file, "utf8")).split("\n").filter((line) => /^\d{4},/.test(line))
    .map((line) => line.split(",").map(Number));
  return { years: rows.map(([year]) => year as number), ppm: rows.map(([, mean]) => mean as number) };
}

function toTrend(result: unknown): Trend {
  const { first, last, acceleration } = result as Record<keyof Trend, unknown>;
  if (typeof first === "number" && typeof last === "number" && typeof acceleration === "number") {
    return { first, last, acceleration };
  }
  throw new TypeError("Cannot read a result of fit_resample: it has no three numbers");
}

function sayRow(name: string, values: readonly number[]): void {
  const { median, low, high } = estimate(values);
  say(`${name.padEnd(34)}${median.toFixed(2).padStart(10)}   ${low.toFixed(2)} to ${high.toFixed(2)}`);
}

function answer(trends: readonly Trend[], last: number): string {
  const growth = estimate(trends.map((trend) => trend.last));
  const acceleration = estimate(trends.map((trend) => trend.acceleration));
  const rise = `CO2 rose by ${growth.median.toFixed(1)} ppm a year in ${last}`;
  if (acceleration.low > 0) {
    return `${rise}, and yes: the rise is speeding up (its whole interval is above zero).`;
  }
  if (acceleration.high < 0) return `${rise}, and the rise is slowing down.`;
  return `${rise}; whether the rise is speeding up, these data do not say.`;
}

function showProgress(done: number, total: number): void {
  if (!process.stdout.isTTY) return;
  const filled = Math.round(30 * done / total);
  process.stdout.write(`\r[${"#".repeat(filled)}${".".repeat(30 - filled)}] ${done}/${total} tasks`);
  if (done === total) process.stdout.write("\n");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
