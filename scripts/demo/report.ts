/** What the demo found. */
import type { DeliveredTask } from "./receiver.ts";
import { estimate, histogram } from "./statistics.ts";

/** What `fit_resample` in `co2_trend.py` returns. */
interface Trend {
  first: number;
  last: number;
  acceleration: number;
}

/** The answer in lines, from what was delivered. */
export function report(years: readonly number[], tasks: readonly DeliveredTask[]): string[] {
  const trends = tasks.filter(({ state }) => state === "success").map(({ result }) => toTrend(result));
  const first = years[0] as number;
  const last = years.at(-1) as number;
  const of = (part: keyof Trend) => trends.map((trend) => trend[part]);
  return [
    `${"".padEnd(34)}${"estimate".padStart(10)}   95 % interval`,
    row(`Growth in ${first} (ppm a year)`, of("first")),
    row(`Growth in ${last} (ppm a year)`, of("last")),
    row("Acceleration (ppm a year/decade)", of("acceleration")),
    "",
    `Growth in ${last} over ${trends.length} resamples:`,
    ...histogram(of("last"), 10, 40).map((line) => `  ${line}`),
    "",
    answer(of("last"), of("acceleration"), last),
    "",
    ...tasks.filter(({ state }) => state === "failed").flatMap(failure),
  ];
}

function toTrend(result: unknown): Trend {
  const { first, last, acceleration } = result as Record<keyof Trend, unknown>;
  if (typeof first === "number" && typeof last === "number" && typeof acceleration === "number") {
    return { first, last, acceleration };
  }
  throw new TypeError("Cannot read a result of fit_resample: it has no three numbers");
}

function row(name: string, values: readonly number[]): string {
  const { median, low, high } = estimate(values);
  return `${name.padEnd(34)}${median.toFixed(2).padStart(10)}   ${low.toFixed(2)} to ${high.toFixed(2)}`;
}

function answer(growths: readonly number[], accelerations: readonly number[], last: number): string {
  const acceleration = estimate(accelerations);
  const rise = `CO2 rose by ${estimate(growths).median.toFixed(1)} ppm a year in ${last}`;
  if (acceleration.low > 0) {
    return `${rise}, and yes: the rise is speeding up (its whole interval is above zero).`;
  }
  if (acceleration.high < 0) return `${rise}, and the rise is slowing down.`;
  return `${rise}; whether the rise is speeding up, these data do not say.`;
}

function failure({ error }: DeliveredTask): string[] {
  return [
    `One task was given text in place of numbers. Its ${error?.type ?? "exception"} came back as data:`,
    (error?.traceback ?? "").trimEnd().replaceAll(/^/gm, "  | "),
  ];
}
