/** The demo runs to its end and answers its question; its statistics agree with independent ones. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { estimate, histogram } from "../../scripts/demo/statistics.ts";
import { ROOT, run, runOnDeno } from "../support/run.ts";

Deno.test("the demo answers its question, shows a traceback, and ends", async () => {
  const { code, stdout, stderr } = await runOnDeno(["scripts/demo/demo.ts"]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const row = (name: string) =>
    new RegExp(`^${name}.*?(-?\\d+\\.\\d\\d) +(-?\\d+\\.\\d\\d) to (-?\\d+\\.\\d\\d)$`, "m").exec(stdout)
      ?.slice(1).map(Number) as [number, number, number];
  // What NOAA's own growth rates say: below 1 ppm a year around 1960, about 2.5 in the last years.
  const [first] = row("Growth in 1959");
  const [last, low, high] = row("Growth in 2024");
  const [acceleration, atLeast] = row("Acceleration");
  assert(first > 0.5 && first < 1.1, `${first}`);
  assert(last > 2.2 && last < 2.8 && low < last && last < high, `${low} ${last} ${high}`);
  assert(acceleration > 0.2 && acceleration < 0.35 && atLeast > 0, `${acceleration}`);
  assertMatch(stdout, /the rise is speeding up/);
  assertMatch(stdout, / {2}\| Traceback[^]* {2}\| TypeError: /);
  assertMatch(stdout, /^A push to Codertocat\/Hello-World \(\w{7}\) became batch [\w-]{36}:$/m);
  assertMatch(stdout, /^201 results arrived in \d signed messages\.$/m);
  assertMatch(stdout, /^201 tasks, from the push to the answer in \d+\.\d s\.$/m);
  assert(!stdout.includes("\r"), "no progress line where the output is no terminal");
});

Deno.test("the demo's fit agrees with an independent least-squares fit", async () => {
  const program = `
import sys
sys.path.insert(0, "scripts/demo")
from co2_trend import parabola
t = [x / 7 - 3 for x in range(40)]
a, b, c = parabola(t, [1.5 - 2 * x + 0.25 * x * x for x in t])
assert max(abs(a - 1.5), abs(b + 2), abs(c - 0.25)) < 1e-9, (a, b, c)
`;
  const { code, stderr } = await run("python3", ["-B", "-c", program], ROOT);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

Deno.test("estimate() gives the median and the middle 95 %", () => {
  const values = Array.from({ length: 201 }, (_, i) => (i * 37) % 201);
  assertEquals(estimate(values), { median: 100, low: 5, high: 195 });
});

Deno.test("histogram() counts each value once", () => {
  const lines = histogram([0, 0, 0, 1, 2, 4], 4, 8);
  assertEquals(lines, ["0.00  ████████ 3", "1.00  ██▋ 1", "2.00  ██▋ 1", "3.00  ██▋ 1"]);
  assertEquals(histogram([5, 5], 2, 4), ["5.00  ████ 2", "6.00   0"]);
});
