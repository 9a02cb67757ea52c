/**
 * Ctrl-C loses no result that is on the wire, on Deno and Node; a second Ctrl-C ends the process at once.
 * Real processes and signals.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { type LocalService, startLocalService } from "../../src/local/mod.ts";
import { until } from "../support/until.ts";
import { environment, runCli, startCli, workspace } from "./cli_process.ts";
import { inFront } from "./in_front.ts";

const HELD = `
import os, time
def held(a, gate):
    while not os.path.exists(gate):
        time.sleep(0.02)
    return a
`;

/** A service that has handed an answer with results over to the network, where it takes its time. */
function slowNetwork(local: LocalService, onAnswer: () => Promise<void>) {
  return inFront(local, async (path, text) => {
    if (path === "/v2/batch_status" && text.includes('"result"')) await onAnswer();
  });
}

/** A command that runs, and what it has told until now. */
interface RunningCli {
  process: Deno.ChildProcess;
  told(): string;
  /** Resolves to the code with which it ended, once all that it told has been read. */
  ended: Promise<number>;
}

function followed(process: Deno.ChildProcess): RunningCli {
  let told = "";
  const read = async () => {
    for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) told += text;
  };
  const end = async () => {
    const [{ code }] = await Promise.all([process.status, read(), process.stdout.cancel()]);
    return code;
  };
  return { process, told: () => told, ended: end() };
}

for (const runtime of ["deno", "node"] as const) {
  Deno.test(`batch keeps what is on the wire at SIGINT, where the service gives it only once, on ${runtime}`, async () => {
    await using local = await startLocalService({ workers: 2, faults: { readOnce: true } });
    await using place = await workspace();
    let child: RunningCli | undefined;
    await using network = slowNetwork(local, async () => {
      const interrupted = child;
      child = undefined;
      if (interrupted === undefined) return;
      interrupted.process.kill("SIGINT");
      await until("the interruption", () => /\nInterrupted\n$/.test(interrupted.told()));
    });
    const env = {
      ...environment(place.path, local),
      GLOBUS_SDK_SERVICE_URL_COMPUTE: `http://127.0.0.1:${network.addr.port}`,
    };
    await place.write("work.py", HELD);
    // The first third is free, and so is the next one after each round: there is always something to wait for.
    const gates = [place.file("0"), place.file("1"), place.file("2")];
    await Deno.writeTextFile(gates[0] as string, "");
    const rows = Array.from({ length: 30 }, (_, a) => `${a},${gates[Math.floor(a / 10)]}`);
    await place.write("rows.csv", `a,gate\n${rows.join("\n")}\n`);
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
    const options = { env, cwd: place.path, runtime };
    for (let round = 0; round < 2; round++) {
      const started = child = followed(startCli(args, options));
      assertEquals(await started.ended, 130, started.told());
      assertMatch(started.told(), /the same command picks them up\nInterrupted\n$/);
      await Deno.writeTextFile(gates[round + 1] as string, "");
    }
    const { code, stdout, stderr } = await runCli([...args, "--json"], options);
    assertEquals([code, JSON.parse(stdout).success], [0, 30], stderr);
    const indices = (await place.lines("out.jsonl")).map(({ index }) => index).sort((a, b) => a - b);
    assertEquals(indices, Array.from({ length: 30 }, (_, index) => index));
  });
}

Deno.test("a second SIGINT ends the process at once, though an answer is on the wire", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const [asked, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await using network = slowNetwork(local, () => {
    asked.resolve();
    return end.promise;
  });
  const env = {
    ...environment(place.path, local),
    GLOBUS_SDK_SERVICE_URL_COMPUTE: `http://127.0.0.1:${network.addr.port}`,
  };
  await place.write("work.py", "def double(x):\n    return 2 * x\n");
  await place.write("rows.csv", "x\n1\n");
  const args = ["batch", "work.py:double", "--endpoint", local.endpointId, "--from", "rows.csv"];
  const child = followed(startCli([...args, "--out", "out.jsonl"], { env, cwd: place.path }));
  await asked.promise;
  child.process.kill("SIGINT");
  await until("the first interruption", () => child.told().endsWith("Interrupted\n"));
  // It waits for what is on the wire: the test above would lose results otherwise.
  const start = performance.now();
  child.process.kill("SIGINT");
  assertEquals(await child.ended, 130);
  assert(performance.now() - start < 10_000); // By itself it would wait for 15 s.
  end.resolve();
});
