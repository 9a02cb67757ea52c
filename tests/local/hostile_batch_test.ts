/** Tasks that crash, hang, print or return too much fail alone, and the failure says what happened. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  accessToken,
  batchRun,
  createClient,
  registerSource,
  type TaskOutcome,
  waitForBatch,
} from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";

const SOURCE = `import os, signal, sys, time

def work(what):
    if what == "raise":
        raise KeyError("no such sample: 🧫")
    if what == "exit":
        os._exit(7)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "print":
        for _ in range(1600):
            sys.stdout.write("x" * 65536)
    if what == "large":
        return "y" * (11 * 1024 * 1024)
    if what == "sleep":
        time.sleep(600)
    return what * 2
`;

/** What each kind of misbehaviour is to be told as. */
const BAD: Record<string, RegExp> = {
  raise: /^Traceback[^]*in work\nKeyError: 'no such sample: 🧫'\n$/,
  exit: /WorkerLost: .*exited with status 7/,
  kill: /WorkerLost: .*SIGKILL/,
  print: /printed more than 32 MiB/i,
  large: /^MaxResultSizeExceeded\(\d+, 10485760\)$/,
  sleep: /time limit of 1 s/,
};

/** Runs good tasks with bad ones between them, each of which has to leave a worker behind that can go on. */
async function checkBatch(bad: readonly string[], count: number, taskTimeLimitMs: number): Promise<void> {
  await using local = await startLocalService({ workers: 2, taskTimeLimitMs });
  const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(client, { source: SOURCE });
  const good = Array.from({ length: count }, (_, i) => i);
  const work: (string | number)[] = good.flatMap((i) =>
    i % 3 === 0 && bad[i / 3] ? [bad[i / 3] as string, i] : [i]
  );
  const receipt = await batchRun(client, {
    endpointId: local.endpointId,
    tasks: work.map((what) => ({ functionId, args: [what] })),
  });

  const outcomes = await waitForBatch(client, receipt, { timeoutMs: 60_000 });

  const byWork = new Map(work.map((what, i) => [what, outcomes[i] as TaskOutcome]));
  for (const i of good) {
    const outcome = byWork.get(i);
    assertEquals(outcome?.state === "success" && outcome.result, 2 * i);
  }
  for (const what of bad) {
    const outcome = byWork.get(what);
    assert(outcome?.state === "failed", `'${what}' came back as ${outcome?.state}`);
    assertMatch(outcome.error.traceback, BAD[what] as RegExp);
  }
  assertEquals(outcomes.length, good.length + bad.length);
}

Deno.test("a batch of good and bad tasks gives every result and says what happened to each failure", () =>
  checkBatch(Object.keys(BAD).filter((what) => what !== "sleep"), 20, 60_000));

Deno.test("a task that hangs is stopped, and the others of its batch give their results", () =>
  checkBatch(["sleep"], 6, 1_000));
