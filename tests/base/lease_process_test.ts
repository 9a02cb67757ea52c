/**
 * Real processes that share a lease in a SQLite file, and are stopped, continued and killed: the times in which two
 * acquisitions permit acts never overlap, and a killed holder is replaced within one and a half lengths.
 */
import { assert } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sqliteStore } from "../../src/store/sqlite_store.ts";
import { stopBetweenCommits } from "../support/stop_between_commits.ts";
import { storms } from "../support/storm_length.ts";
import { until } from "../support/until.ts";

const SCRIPT = fileURLToPath(new URL("./lease_process.ts", import.meta.url));

interface Line {
  what: string;
  acquisition: string;
  atMs: number;
  process: number;
}

/** Processes that want the same lease. */
class Crowd {
  readonly children: Deno.ChildProcess[] = [];
  readonly #killed = new Set<number>();

  constructor(readonly directory: string, readonly lengthMs: number) {}

  start(count: number): void {
    for (let n = 0; n < count; n++) {
      const log = join(this.directory, `${this.children.length}.log`);
      Deno.writeTextFileSync(log, "");
      const file = join(this.directory, "store.sqlite");
      const args = ["run", "-A", "--quiet", "--no-check", SCRIPT, file, log, String(this.lengthMs)];
      this.children.push(new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn());
    }
  }

  signal(process: number, signal: Deno.Signal): void {
    if (!this.#killed.has(process)) this.children[process]?.kill(signal);
  }

  async kill(process: number): Promise<void> {
    if (this.#killed.has(process)) return;
    this.#killed.add(process);
    this.children[process]?.kill("SIGKILL");
    await this.children[process]?.status;
  }

  lines(): Line[] {
    return this.children.flatMap((_, process) =>
      Deno.readTextFileSync(join(this.directory, `${process}.log`)).split("\n").slice(0, -1).map((line) => {
        const [what = "", acquisition = "", atMs] = line.split(" ");
        return { what, acquisition, atMs: Number(atMs), process };
      })
    );
  }

  /** The last act of all, once there is one after that time. */
  async actAfter(atMs: number, except = -1): Promise<Line> {
    let last: Line | undefined;
    await until("an act", () => {
      const acts = this.lines().filter(({ what, process }) => what === "act" && process !== except);
      last = acts.sort((one, other) => other.atMs - one.atMs)[0];
      return last !== undefined && last.atMs > atMs;
    });
    return last as Line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.children.keys()) {
      this.signal(process, "SIGCONT");
      await this.kill(process);
    }
    await Deno.remove(this.directory, { recursive: true });
  }
}

async function gather(count: number, lengthMs: number): Promise<Crowd> {
  const crowd = new Crowd(await Deno.makeTempDir(), lengthMs);
  crowd.start(count);
  return crowd;
}

const systemMs = () => performance.timeOrigin + performance.now();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Between the first and the last act of one acquisition there is none of another one. */
function assertAlone(lines: readonly Line[], about: string): number {
  const spans = new Map<string, { fromMs: number; toMs: number; acquisition: string }>();
  for (const { what, acquisition, atMs } of lines) {
    if (what !== "act") continue;
    const { fromMs, toMs } = spans.get(acquisition) ?? { fromMs: Infinity, toMs: -Infinity };
    spans.set(acquisition, { acquisition, fromMs: Math.min(fromMs, atMs), toMs: Math.max(toMs, atMs) });
  }
  const inOrder = [...spans.values()].sort((one, other) => one.fromMs - other.fromMs);
  inOrder.forEach((span, place) => {
    const next = inOrder[place + 1];
    const overlapMs = next === undefined ? -Infinity : span.toMs - next.fromMs;
    assert(overlapMs < 0, `two may act for ${overlapMs} ms, ${about}: ${JSON.stringify([span, next])}`);
  });
  return inOrder.length;
}

Deno.test("a holder that is stopped is replaced, and does not act when it goes on", async () => {
  await using crowd = await gather(3, 600);
  await using store = sqliteStore(join(crowd.directory, "store.sqlite"));
  for (let round = 0, inside = 0; round < storms(3, 20);) {
    const { process, acquisition, atMs } = await crowd.actAfter(systemMs());
    if (!await stopBetweenCommits((signal) => crowd.signal(process, signal), store)) {
      // It had the lock of the file meanwhile: nothing could be renewed or taken.
      assert(++inside < 10, "no process is outside of a transaction");
      continue;
    }
    round++;
    const isAnothers = (line: Line) => line.what === "act" && line.process !== process && line.atMs > atMs;
    let next: Line | undefined;
    await until("an act of another process", () => (next = crowd.lines().find(isAnothers)) !== undefined);
    crowd.signal(process, "SIGCONT");
    const isLost = ({ what, acquisition: one }: Line) => what === "lost" && one === acquisition;
    await until("the stopped process sees that it has lost the lease", () => crowd.lines().some(isLost));
    assert(next?.acquisition !== acquisition);
  }
  assert(assertAlone(crowd.lines(), "after each stop of a holder") > storms(3, 20));
});

Deno.test("two never may act, whichever processes are stopped, for however long", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  await using crowd = await gather(3, 400);
  await crowd.actAfter(0);
  for (let round = 0; round < storms(8, 80); round++) {
    const stopped = [0, 1, 2].filter(() => random() < 0.6);
    for (const process of stopped) crowd.signal(process, "SIGSTOP");
    // From a moment to twice the length: what is looked for is the moment in which two might act.
    await sleep(800 * random() ** 2);
    for (const process of stopped.sort(() => random() - 0.5)) {
      crowd.signal(process, "SIGCONT");
      await sleep(20 * random());
    }
    if (stopped.length === 3) await crowd.actAfter(systemMs());
  }
  await crowd.actAfter(systemMs());
  assertAlone(crowd.lines(), `seed ${seed}`);
});

Deno.test("a holder that is killed is replaced within one and a half lengths", async () => {
  const lengthMs = 2_000;
  await using crowd = await gather(2, lengthMs);
  for (let round = 0; round < storms(2, 8); round++) {
    const { process } = await crowd.actAfter(systemMs());
    crowd.start(1); // The next one that looks on: it may come at any time.
    const endMs = systemMs();
    await crowd.kill(process);
    await crowd.actAfter(endMs, process);
    const next = crowd.lines().filter(({ what, atMs }) => what === "taken" && atMs > endMs);
    const tookMs = Math.min(...next.map(({ atMs }) => atMs)) - endMs;
    assert(tookMs <= 1.5 * lengthMs, `it took ${tookMs} ms`);
  }
  assertAlone(crowd.lines(), "after each kill");
});
