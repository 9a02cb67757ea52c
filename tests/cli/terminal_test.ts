/**
 * On a real terminal, `batch` draws a bar and removes it, Ctrl-C works, and colours are there unless
 * NO_COLOR is set.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { startLocalService } from "../../src/local/mod.ts";
import type { Finished } from "../support/run.ts";
import { commandOf, environment, workspace } from "./cli_process.ts";

const SOURCE = `
import os, time
def held(a, gate):
    while gate and not os.path.exists(gate):
        time.sleep(0.02)
    return a
`;

/** Runs the command line on a terminal; once it has written what is wanted, a file is made, or Ctrl-C is typed. */
async function onTerminal(
  args: readonly string[],
  { env, cwd, runtime, wanted, gate = "", columns = 100 }: {
    env: Record<string, string>;
    cwd: string;
    runtime?: "deno" | "node";
    wanted?: RegExp;
    gate?: string;
    columns?: number;
  },
): Promise<Pick<Finished, "code" | "stdout">> {
  const [program, first] = commandOf(runtime);
  const { code, stdout } = await new Deno.Command("python3", {
    args: [
      fileURLToPath(new URL("terminal.py", import.meta.url)),
      String(columns),
      wanted?.source ?? "",
      gate,
      program,
      ...first,
      ...args,
    ],
    cwd,
    env: { ...env, TERM: "xterm", HOME: Deno.env.get("HOME") ?? "" },
    clearEnv: true,
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

/** What stands on the screen in the end: lines that were written over others, and erased. */
function screenOf(written: string): string[] {
  return written.split("\r\n").map((line) => {
    let shown = "";
    for (const part of line.split("\r")) {
      const text = part.replaceAll("\x1b[K", "");
      // The end of the line is erased behind what was written, or the whole of it before.
      shown = part.startsWith("\x1b[K") || part.endsWith("\x1b[K") ? text : text + shown.slice(text.length);
    }
    return shown;
  });
}

for (const runtime of ["deno", "node"] as const) {
  Deno.test(`batch draws a bar on a terminal, and leaves none behind, on ${runtime}`, async () => {
    await using local = await startLocalService({ workers: 2 });
    await using place = await workspace();
    const env = environment(place.path, local);
    await place.write("work.py", SOURCE);
    const gate = place.file("gate");
    const gates = ["", "", gate, gate, gate, gate];
    await place.write("rows.csv", `a,gate\n${gates.map((gate, a) => `${a},${gate}\n`).join("")}`);
    const args = [
      "batch",
      "work.py:held",
      "--endpoint",
      local.endpointId,
      "--from",
      "rows.csv",
      "--out",
      "out.jsonl",
    ];
    const wanted = /\u2588{10}\u2591{20} 2\/6, \d+ s, \d+ s to go, (running 2|waiting-for-launch 2)/;
    const { code, stdout } = await onTerminal(args, { env, cwd: place.path, runtime, wanted, gate });
    assertEquals(code, 0, stdout);
    assertMatch(stdout, /\u2591{30} 0\/6, 0 s/);
    assertMatch(stdout, wanted);
    for (const drawn of stdout.split(/[\r\n]+/)) assert(drawn.replaceAll("\x1b[K", "").length < 100, drawn);
    // No colours, no state of the terminal that a killed process would leave.
    assert(!stdout.replaceAll("\x1b[K", "").includes("\x1b"), JSON.stringify(stdout));
    const screen = screenOf(stdout);
    assertMatch(screen[0] as string, /^6 tasks, group [\da-f-]{36}$/);
    assertEquals(screen.slice(1), ["6 of 6 tasks succeeded: out.jsonl", ""]);
  });
}

Deno.test("batch stops at Ctrl-C on a terminal, says how to go on, and goes on", async () => {
  await using local = await startLocalService({ workers: 2 });
  await using place = await workspace();
  const env = environment(place.path, local);
  await place.write("work.py", SOURCE);
  const gate = place.file("gate");
  await place.write(
    "rows.jsonl",
    ["", "", gate, gate].map((gate, a) => JSON.stringify({ a, gate })).join("\n"),
  );
  const args = [
    "batch",
    "work.py:held",
    "--endpoint",
    local.endpointId,
    "--from",
    "rows.jsonl",
    "--out",
    "out.jsonl",
  ];
  const { code, stdout } = await onTerminal(args, { env, cwd: place.path, wanted: /2\/4/ });
  assertEquals(code, 130, stdout);
  assertStringIncludes(
    stdout,
    "2 of 4 results are in out.jsonl; the tasks go on, and the same command picks them up\r\nInterrupted\r\n",
  );
  await Deno.writeTextFile(gate, "");
  const done = await onTerminal(args, { env: { ...env, NO_COLOR: "" }, cwd: place.path, columns: 40 });
  assertEquals(done.code, 0);
  for (const drawn of done.stdout.split(/[\r\n]+/).filter((line) => /\u2588|\u2591/.test(line))) {
    assert(drawn.replaceAll("\x1b[K", "").length < 40, drawn);
  }
});

Deno.test("colours are there on a terminal, and not with NO_COLOR", async () => {
  await using place = await workspace();
  const env = environment(place.path);
  const args = ["run", "none.py:f", "--endpoint", "4b116d3c-1703-4f8f-9f6f-39921e5864df"];
  const problem = "Cannot read 'none.py': there is no such file or directory";
  const plain = await onTerminal(args, { env, cwd: place.path });
  assertEquals([plain.code, plain.stdout], [2, `${problem}\r\n`]);
  for (const runtime of ["deno", "node"] as const) {
    const coloured = await onTerminal(args, { env: { ...env, NO_COLOR: "" }, cwd: place.path, runtime });
    assertEquals([coloured.code, coloured.stdout], [2, `\x1b[31m${problem}\x1b[39m\r\n`]);
  }
  const help = await onTerminal(["--help"], { env, cwd: place.path });
  assert(!help.stdout.includes("\x1b["));
});
