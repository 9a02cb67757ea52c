/** 50 MB of arguments are sent in parts, within a bound on memory, on Deno and on Node. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { startLocalService } from "../../src/local/mod.ts";
import { ROOT, run } from "../support/run.ts";

/** What the heap may have in all, the runtime included: V8 collects in time, or the process ends. */
const HEAP_MB = 165;
const SCRIPT = "tests/support/submit_large.ts";
const TSX = fileURLToPath(new URL("node_modules/tsx/dist/loader.mjs", ROOT));

const RUNTIMES: [name: string, program: string, args: string[]][] = [
  ["Deno", Deno.execPath(), ["run", "-A", "--quiet", `--v8-flags=--max-old-space-size=${HEAP_MB}`, SCRIPT]],
  ["Node", "node", [`--max-old-space-size=${HEAP_MB}`, "--import", TSX, SCRIPT]],
];

for (const [name, program, args] of RUNTIMES) {
  Deno.test(`batchRun() sends 50 MB in parts, in order, with less than four times as much memory (${name})`, async () => {
    await using local = await startLocalService({ workers: 2 });
    const { stdout, stderr, code } = await run(program, [...args, local.baseUrl, local.accessToken]);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const { results, externalBytes, argumentBytes } = JSON.parse(stdout);
    assertEquals(results, Array.from({ length: 500 }, (_, n) => [n, 100_000, `${n % 10}`.repeat(3)]));
    // The service refuses what is over its limit: six submissions of 50 MB are all just under it.
    const submissions = local.requests.filter(({ path }) => path.endsWith("/submit"));
    assertEquals(submissions.map(({ status }) => status), new Array(6).fill(200));
    const bytes = HEAP_MB * 1e6 + externalBytes;
    assert(bytes < 4 * argumentBytes, `${bytes / 1e6} MB for ${argumentBytes / 1e6} MB of arguments`);
  });
}
