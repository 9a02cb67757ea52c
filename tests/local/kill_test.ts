/** A process that waits for results is killed at random moments: a second one gets what is left. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { accessToken, type BatchReceipt, createClient, waitForBatch } from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { seeded } from "../store/seeded.ts";
import { ROOT } from "../support/run.ts";
import { storms } from "../support/storm_length.ts";

const TASKS = 500;

/** What a process had done when it was killed. */
interface Killed {
  receipt: BatchReceipt;
  /** The ids of its last poll: their answer may have been on its way. */
  lastAsked: string[];
  wasDone: boolean;
}

/** Lets a process submit and wait, and kills it so many milliseconds after the submission. */
async function submitAndKill(
  baseUrl: string,
  token: string,
  storeFile: string,
  afterMs: number,
): Promise<Killed> {
  const script = fileURLToPath(new URL("tests/support/submit_and_wait.ts", ROOT));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, baseUrl, token, storeFile, String(TASKS)],
    cwd: ROOT,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (timer === undefined && text.includes('"receipt"')) {
      timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
    }
    if (text.includes('"done"')) break;
  }
  clearTimeout(timer);
  if (text.includes('"done"')) child.kill("SIGKILL");
  await child.status;
  const lines = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const polls = lines.filter((line) => "task_ids" in line);
  return {
    receipt: lines.find((line) => "receipt" in line).receipt,
    lastAsked: polls.at(-1)?.task_ids ?? [],
    wasDone: lines.some((line) => "done" in line),
  };
}

const KILLS = storms(2, 7);
/** So many at least come before its end, or the test proves too little. */
const LEAST_IN_TIME = storms(1, 4);
/** The tasks take at least half a second, on two workers. */
const MAX_MOMENT_MS = 500;

for (const readOnce of [false, true]) {
  Deno.test(`a second process delivers what a killed one has left (read once: ${readOnce})`, async () => {
    await using local = await startLocalService({ workers: 2, faults: { readOnce } });
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = seeded(seed);
    let killedInTime = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const afterMs = random() * MAX_MOMENT_MS;
      const directory = await Deno.makeTempDir({ prefix: "globus-kill-" });
      const storeFile = `${directory}/store.sqlite`;
      try {
        const killed = await submitAndKill(local.baseUrl, local.accessToken, storeFile, afterMs);
        if (!killed.wasDone) killedInTime++;

        await using store = sqliteStore(storeFile);
        const client = createClient({
          baseUrl: local.baseUrl,
          authorizer: accessToken(local.accessToken),
          store,
          limiter: { acquire: () => Promise.resolve(), pause() {} },
        });
        const { taskGroupId, taskIds } = killed.receipt;
        const outcomes = await waitForBatch(client, { taskGroupId }, { timeoutMs: 60_000 });

        const numberOf = new Map(taskIds.map((taskId, n) => [taskId, n]));
        assertEquals(outcomes.length, TASKS, `seed ${seed}`);
        const found = new Set(outcomes.map(({ taskId }) => taskId));
        assertEquals(found, new Set(taskIds), `seed ${seed}`);
        const missing: string[] = [];
        for (const outcome of outcomes) {
          if (outcome.state === "notFound") missing.push(outcome.taskId);
          else {
            const result = outcome.state === "success" && outcome.result;
            assertEquals(result, numberOf.get(outcome.taskId), `seed ${seed}`);
          }
        }
        if (!readOnce) assertEquals(missing, [], `seed ${seed}`);
        const inFlight = new Set(killed.lastAsked);
        assertEquals(
          missing.filter((taskId) => !inFlight.has(taskId)),
          [],
          `lost without having been in flight (seed ${seed})`,
        );
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    }
    assert(
      killedInTime >= LEAST_IN_TIME,
      `only ${killedInTime} processes were killed while they waited (seed ${seed})`,
    );
  });
}
