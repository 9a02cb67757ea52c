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

for (const runtime of ["deno", "node"] as const) {
  Deno.test(`batch keeps what is on the wire at SIGINT, where the service gives it only once, on ${runtime}`, async () => {
    await using local = await startLocalService({ workers: 2, faults: { readOnce: true } });
    await using place = await workspace();
    let child: Deno.ChildProcess | undefined;
    await using network = slowNetwork(local, async () => {
      const interrupted = child;
      child = undefined;
      interrupted?.kill("SIGINT");
      await new Promise((resolve) => setTimeout(resolve, 300));
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
      child = startCli(args, options);
      const { code, stderr } = await child.output();
      const told = new TextDecoder().decode(stderr);
      assertEquals(code, 130, told);
      assertMatch(told, /the same command picks them up\nInterrupted\n$/);
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
  const child = startCli([...args, "--out", "out.jsonl"], { env, cwd: place.path });
  let [told, hasEnded] = ["", false];
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) told += text;
  })();
  const ended = child.status.finally(() => hasEnded = true);
  await asked.promise;
  child.kill("SIGINT");
  await until("the first interruption", () => told.endsWith("Interrupted\n"));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assertEquals(hasEnded, false, "it waits for what is on the wire");
  const start = performance.now();
  child.kill("SIGINT");
  assertEquals((await ended).code, 130);
  assert(performance.now() - start < 10_000); // By itself it would wait for 15 s.
  end.resolve();
  await Promise.all([reading, child.stdout.cancel()]);
});
