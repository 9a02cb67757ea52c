/**
 * A sweep: each row of a CSV file is a task, and the results are a CSV file. Killed and started again, it goes on.
 * To run it, set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET, or what `task local` prints to be pasted,
 * write a file whose first line is `beta,gamma`, and
 * `npx -y deno@2.9.6 run -A scripts/examples/parameter_sweep.ts parameters.csv results.csv`.
 */
import { parse } from "csv-parse/sync";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import * as v from "valibot";
import {
  batchRun,
  createClient,
  fromEnvironment,
  registerSource,
  type TaskOutcome,
  waitForBatch,
} from "@edge-compute/globus";
import { sqliteStore } from "@edge-compute/globus/sqlite-store";

/** The spread of a disease: the columns of the CSV file are the arguments. */
const SOURCE = `
def epidemic(beta, gamma, days=365, step=0.01):
    susceptible, infected = 0.999, 0.001
    peak, peak_day = infected, 0.0
    for i in range(int(days / step)):
        caught, recovered = beta * susceptible * infected * step, gamma * infected * step
        susceptible, infected = susceptible - caught, infected + caught - recovered
        if infected > peak:
            peak, peak_day = infected, (i + 1) * step
    return {"peak": peak, "peak_day": peak_day, "ever_infected": 1 - susceptible}
`;
const RESULT = v.object({ peak: v.number(), peak_day: v.number(), ever_infected: v.number() });

const [input = "parameters.csv", output = "results.csv"] = process.argv.slice(2);
const text = await readFile(input, "utf8");
const rows = parse<Record<string, string>>(text, { columns: true, trim: true, bom: true });

const baseUrl = process.env.GLOBUS_SDK_SERVICE_URL_COMPUTE ?? "https://compute.api.globus.org";
const endpointId = process.env.COMPUTE_ENDPOINT_ID ?? "4b116d3c-1703-4f8f-9f6f-39921e5864df"; // The tutorial's
const store = sqliteStore(`${output}.sqlite`); // Has what was submitted, and each result as soon as it is known.
const client = createClient({ baseUrl, authorizer: fromEnvironment(process.env), store });
const functionId = await registerSource(client, { source: SOURCE });

// The same rows and the same function have the same key, under which they are submitted once.
const key = createHash("sha256").update(`${functionId}\n${text}`).digest("hex");
const tasks = rows.map((row) => ({
  functionId,
  kwargs: Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, numberOr(cell)])),
}));
const receipt = await batchRun(client, { endpointId, tasks }, { key });
say(`${tasks.length} tasks, group ${receipt.taskGroupId}`);
const outcomes = await waitForBatch(client, receipt, {
  onProgress: ({ completed, total }) => say(`${completed} of ${total} are done`),
});

const parameters = Object.keys(rows[0] ?? {});
const header = [...parameters, ...Object.keys(RESULT.entries), "error"];
const lines = outcomes.map((outcome, i) => [...Object.values(rows[i] ?? {}), ...resultCells(outcome)]);
await writeFile(output, [header, ...lines].map((cells) => `${cells.map(quote).join(",")}\n`).join(""));
const failed = outcomes.filter(({ state }) => state !== "success").length;
say(`${output} has ${outcomes.length - failed} results, and ${failed} errors`);

function resultCells(outcome: TaskOutcome): unknown[] {
  if (outcome.state === "success") return [...Object.values(v.parse(RESULT, outcome.result)), ""];
  return [
    ...Object.keys(RESULT.entries).map(() => ""),
    "error" in outcome ? outcome.error.message : outcome.state,
  ];
}

function numberOr(cell: string): number | string {
  return cell === "" || Number.isNaN(Number(cell)) ? cell : Number(cell);
}

function quote(cell: unknown): string {
  return /[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
