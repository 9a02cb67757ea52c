/** What the demo's hook makes of a push: a bootstrap of the yearly means of CO2 at Mauna Loa. */
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import type { BatchTask } from "../../mod.ts";
import { defineHook, github, type Hook } from "../../edge/mod.ts";

const RESAMPLES = 200;

/** The yearly means. */
export interface Measurements {
  years: number[];
  ppm: number[];
}

/** Reads the file beside this one. */
export async function readMeasurements(): Promise<Measurements> {
  const file = new URL("co2_annmean_mlo.csv", import.meta.url);
  const rows = (await readFile(file, "utf8")).split("\n").filter((line) => /^\d{4},/.test(line))
    .map((line) => line.split(",").map(Number));
  return { years: rows.map(([year]) => year as number), ppm: rows.map(([, mean]) => mean as number) };
}

/** What the hook needs to know. */
export interface Co2HookOptions {
  measurements: Measurements;
  endpointId: string;
  functionId: string;
  webhookSecret: string;
  deliver: { url: string; secret: string };
}

/** A push to GitHub's main branch becomes 200 tasks, each with a resample of its own, and one that is bound to fail. */
export function co2Hook(options: Co2HookOptions): Hook {
  const { measurements: { years, ppm }, endpointId, functionId, webhookSecret, deliver } = options;
  return defineHook({
    verify: github({ secrets: [webhookSecret], events: ["push"] }),
    payload: v.object({ ref: v.string(), head_commit: v.nullable(v.object({ id: v.string() })) }),
    endpoints: [endpointId],
    functions: [functionId],
    deliver,
    batch(event) {
      if (event.ref !== "refs/heads/master" || event.head_commit === null) return undefined;
      const tasks: BatchTask[] = Array.from({ length: RESAMPLES }, (_, seed) => ({
        functionId,
        args: [years, ppm],
        kwargs: { seed },
      }));
      tasks.push({ functionId, args: [years, ppm.map(String)], kwargs: { seed: 0 } }); // Text is no measurement.
      return { endpointId, tasks };
    },
  });
}
