/**
 * A `batch` that is killed goes on where it was: the command line as a process, a real service, and SIGKILL
 * at the points where a row or a result could be lost or doubled.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { countLines, until } from "../support/until.ts";
import { environment, runCli, startCli, workspace } from "./cli_process.ts";
import { inFront } from "./in_front.ts";

const SOURCE = `
import os, time
def note(a, path):
    with open(path, "a") as f:
        f.write(f"{a}\\n")
    time.sleep(0.05)
    return a * a
`;

/** Waits for a file, and notes that it has run. */
const GATED = `
import os, time
def square(a, gate, ran):
    while not os.path.exists(gate):
        time.sleep(0.01)
    with open(ran, "a") as f:
        f.write(f"{a}\\n")
    return a * a
`;

async function readUntil(stream: ReadableStream<Uint8Array<ArrayBuffer>>, wanted: string): Promise<void> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes(wanted)) return;
  }
  throw new Error(`No '${wanted}' in '${text}'`);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has done all.
  }
}

Deno.test("batch goes on after each SIGKILL: no row runs twice, no result is lost or written twice", async () => {
  await using local = await startLocalService({ workers: 2 });
  await using place = await workspace();
  const env = environment(place.path, local);
  const ran = place.file("ran.txt");
  await place.write("note.py", SOURCE);
  const rows = Array.from({ length: 120 }, (_, a) => JSON.stringify({ a, path: ran }));
  await place.write("rows.jsonl", rows.join("\n"));
  const args = ["batch", "note.py:note", "--endpoint", local.endpointId, "--from", "rows.jsonl"];
  args.push("--out", "results.jsonl", "--json");

  // Killed as soon as it knows what was taken, and then whenever the next results have been written.
  for (const enough of [0, 1, 15, 40, 41, 80]) {
    const child = startCli(args, { env, cwd: place.path });
    if (enough === 0) await readUntil(child.stderr, "group");
    else {
      const all = child.output();
      let hasEnded = false;
      void child.status.then(() => hasEnded = true);
      const isThere = async () => await countLines(place.file("results.jsonl")) >= enough;
      await until(`${enough} results`, async () => await isThere() || hasEnded);
      kill(child);
      await all;
      continue;
    }
    kill(child);
    assertEquals((await child.status).code, 137);
    await child.stdout.cancel();
  }
  // A line that was cut short by the kill.
  await Deno.writeTextFile(place.file("results.jsonl"), '{"index":7,"taskId":"', { append: true });
  const { code, stdout, stderr } = await runCli(args, { env, cwd: place.path });
  assertEquals(code, 0, stderr);
  const { key, ...summary } = JSON.parse(stdout);
  assertMatch(key, /^rows-[\da-f]{24}$/);
  assertEquals([summary.total, summary.success, summary.failed, summary.notFound], [120, 120, 0, 0]);
  assertMatch(stderr, /^120 tasks, group \S+; \d+ results are in results\.jsonl already\n$/);

  const results = await place.lines("results.jsonl");
  assertEquals(results.length, 120);
  assertEquals(new Set(results.map(({ taskId }) => taskId)).size, 120);
  assertEquals(
    results.map(({ index, result, kwargs }) => [index, result, kwargs.a]).sort(([a], [b]) => a - b),
    Array.from({ length: 120 }, (_, a) => [a, a * a, a]),
  );
  const ranRows = (await place.read("ran.txt")).trim().split("\n").map(Number).sort((a, b) => a - b);
  assertEquals(ranRows, Array.from({ length: 120 }, (_, a) => a));

  // Once more: nothing is left to do, and nothing changes.
  const again = await runCli(args, { env, cwd: place.path });
  assertEquals([again.code, again.stdout], [0, stdout]);
  assertEquals((await place.lines("results.jsonl")).length, 120);
  assertEquals((await place.read("ran.txt")).trim().split("\n").length, 120);
});

Deno.test("batch loses no result that the service gives once, where it is killed when they are in the store", async () => {
  await using local = await startLocalService({ workers: 2, faults: { readOnce: true } });
  await using place = await workspace();
  const env = environment(place.path, local);
  const gate = place.file("gate");
  const ran = place.file("ran.txt");
  await place.write("square.py", GATED);
  const rows = Array.from({ length: 1000 }, (_, a) => JSON.stringify({ a, gate, ran }));
  await place.write("rows.jsonl", rows.join("\n"));
  const args = ["batch", "square.py:square", "--endpoint", local.endpointId, "--from", "rows.jsonl"];
  args.push("--out", "results.jsonl");

  const submitting = startCli(args, { env, cwd: place.path });
  await readUntil(submitting.stderr, "group");
  kill(submitting);
  await Promise.all([submitting.status, submitting.stdout.cancel()]);
  await place.write("gate", "");
  await until("all rows to have run", async () => await countLines(ran) === rows.length);

  const store = sqliteStore(place.file("user/edge-compute-globus.sqlite"));
  const collecting = startCli(args, { env, cwd: place.path });
  const output = collecting.output();
  await until("all results in the store", async () => (await store.list("result/")).length === rows.length);
  kill(collecting);
  await output;
  const written = await countLines(place.file("results.jsonl"));

  const { code, stdout, stderr } = await runCli(args, { env, cwd: place.path });
  assertEquals(
    [code, stdout],
    [0, "1000 of 1000 tasks succeeded: results.jsonl\n"],
    `${written} written: ${stderr}`,
  );
  const results = await place.lines("results.jsonl");
  assertEquals(
    results.map(({ index, result }) => [index, result]).sort(([a], [b]) => a - b),
    rows.map((_, a) => [a, a * a]),
  );
  assertEquals(await countLines(ran), rows.length);
});

Deno.test("batch ends with 5 where it was killed before it knew what was taken, and sends nothing again", async () => {
  await using local = await startLocalService({ workers: 2 });
  await using place = await workspace();
  const ran = place.file("ran.txt");
  const running: { child?: Deno.ChildProcess } = {};
  let submissions = 0;
  await using network = inFront(local, async (path) => {
    if (!path.endsWith("/submit") || ++submissions > 1 || running.child === undefined) return;
    await until("a task", async () => await countLines(ran) > 0);
    kill(running.child);
  });
  const env = {
    ...environment(place.path, local),
    GLOBUS_SDK_SERVICE_URL_COMPUTE: `http://127.0.0.1:${network.addr.port}`,
  };
  await place.write("note.py", SOURCE);
  await place.write("rows.jsonl", [1, 2, 3].map((a) => JSON.stringify({ a, path: ran })).join("\n"));
  const args = ["batch", "note.py:note", "--endpoint", local.endpointId, "--from", "rows.jsonl"];
  args.push("--out", "results.jsonl", "--json");
  running.child = startCli(args, { env, cwd: place.path });
  assertEquals((await running.child.output()).code, 137);
  for (let time = 0; time < 2; time++) {
    const { code, stdout, stderr } = await runCli(args, { env, cwd: place.path });
    assertEquals(code, 5, stderr);
    const { total, submitted, success } = JSON.parse(stdout);
    assertEquals([total, submitted, success], [3, 0, 0]);
    assertMatch(
      stderr,
      /\nNobody knows whether row 0 and the next ones were taken\nWith --resend they are sent again, /,
    );
  }
  await until("three tasks", async () => await countLines(ran) >= 3);
  assertEquals([await countLines(ran), submissions], [3, 1]);
  const resent = await runCli([...args, "--resend"], { env, cwd: place.path });
  assertEquals([resent.code, JSON.parse(resent.stdout).success], [0, 3], resent.stderr);
  assertEquals((await place.read("ran.txt")).trim().split("\n").sort(), ["1", "1", "2", "2", "3", "3"]);
  const again = await runCli(args, { env, cwd: place.path });
  assertEquals([again.code, again.stdout], [0, resent.stdout]);
});

Deno.test("batch collects what was surely taken, and sends the rest again with --resend alone", async () => {
  await using local = await startLocalService({ workers: 2 });
  await using place = await workspace();
  const running: { child?: Deno.ChildProcess } = {};
  let submissions = 0;
  // The second request is taken, and its answer is lost with the process.
  await using network = inFront(local, (path) => {
    if (path.endsWith("/submit") && ++submissions === 2) running.child?.kill("SIGKILL");
  });
  const env = {
    ...environment(place.path, local),
    GLOBUS_SDK_SERVICE_URL_COMPUTE: `http://127.0.0.1:${network.addr.port}`,
  };
  await place.write("work.py", "def square(a):\n    return a * a\n");
  await place.write("rows.csv", `a\n${Array.from({ length: 2500 }, (_, a) => a).join("\n")}\n`);
  const args = [
    "batch",
    "work.py:square",
    "--endpoint",
    local.endpointId,
    "--from",
    "rows.csv",
    "--out",
    "out.jsonl",
  ];
  running.child = startCli(args, { env, cwd: place.path });
  assertEquals((await running.child.output()).code, 137);

  const doubt = await runCli(args, { env, cwd: place.path });
  assertEquals([doubt.code, doubt.stdout], [
    5,
    "1000 of 2500 tasks succeeded, 1500 may not have been submitted: out.jsonl\n",
  ]);
  assertMatch(doubt.stderr, /\nNobody knows whether row 1000 and the next ones were taken\n/);
  assertMatch(doubt.stderr, /\nWhat was taken, '.* status --group [\da-f-]{36}' tells\n$/);
  assertEquals(submissions, 2);
  assertEquals((await place.lines("out.jsonl")).length, 1000);

  const resent = await runCli([...args, "--resend", "--json"], { env, cwd: place.path });
  assertEquals([resent.code, JSON.parse(resent.stdout).success], [0, 2500], resent.stderr);
  assertEquals(submissions, 4); // 1,500 rows in two requests.
  const results = (await place.lines("out.jsonl")).sort((one, other) => one.index - other.index);
  assertEquals(
    results.map(({ index, result }) => [index, result]),
    Array.from({ length: 2500 }, (_, a) => [a, a * a]),
  );
  const again = await runCli([...args, "--resend", "--json"], { env, cwd: place.path });
  assertEquals([again.code, again.stdout, submissions], [0, resent.stdout, 4]);
});
