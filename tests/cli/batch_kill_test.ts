import { assertEquals, assertMatch } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { environment, runCli, startCli, workspace } from "./cli_process.ts";

const SOURCE = `
import os, time
def note(a, path):
    with open(path, "a") as f:
        f.write(f"{a}\\n")
    time.sleep(0.05)
    return a * a
`;

async function countLines(path: string): Promise<number> {
  try {
    return (await Deno.readTextFile(path)).split("\n").length - 1;
  } catch {
    return 0;
  }
}

async function readUntil(stream: ReadableStream<Uint8Array<ArrayBuffer>>, wanted: string): Promise<void> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes(wanted)) return;
  }
  throw new Error(`No '${wanted}' in '${text}'`);
}

/** Whether a process has not ended by now. */
async function isRunning({ status }: Deno.ChildProcess): Promise<boolean> {
  return await Promise.race([status.then(() => false), Promise.resolve(true)]);
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
      const isThere = async () => await countLines(place.file("results.jsonl")) >= enough;
      while (!await isThere() && await isRunning(child)) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
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

Deno.test("batch ends with 5 where it was killed before it knew what was taken, and sends nothing again", async () => {
  await using local = await startLocalService({ workers: 2, faults: { latencyMs: 1500 } });
  await using place = await workspace();
  const env = environment(place.path, local);
  const ran = place.file("ran.txt");
  await place.write("note.py", SOURCE);
  await place.write("rows.jsonl", [1, 2, 3].map((a) => JSON.stringify({ a, path: ran })).join("\n"));
  const args = ["batch", "note.py:note", "--endpoint", local.endpointId, "--from", "rows.jsonl"];
  args.push("--out", "results.jsonl", "--json");
  const child = startCli(args, { env, cwd: place.path });
  const all = child.output();
  while (await countLines(ran) === 0 && await isRunning(child)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  kill(child);
  await all;
  for (let time = 0; time < 2; time++) {
    const { code, stdout, stderr } = await runCli(args, { env, cwd: place.path });
    assertEquals(code, 5);
    const { error } = JSON.parse(stdout);
    assertEquals([error.code, error.ambiguous, error.accepted], ["ERR_COMPUTE_SUBMISSION", true, []]);
    assertMatch(stderr, /give the batch another name by --key\n3 tasks of the call with key 'rows-[\da-f]+'/);
  }
  assertEquals((await place.read("ran.txt")).trim().split("\n").length, 3);
});
