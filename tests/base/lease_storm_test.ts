/**
 * Processes that are stopped, killed and started, with stores that fail, hang and answer late, and a time of day that is
 * set: at no moment may two of them act, and once all is calm one does.
 */
import { assert } from "@std/assert";
import { memoryStore, type Store } from "../../mod.ts";
import { createLeases, type Lease } from "../../src/base/lease.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { storms } from "../support/storm_length.ts";

const LENGTH_MS = 60_000;
const HOUR_MS = 3_600_000;
const STEP_MS = 500;
const STEPS = 1_500;
const PROCESSES = 4;

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a process can be made to meet: it stands still, and its store fails, as long as this is so. */
interface Actor {
  lease: Lease | undefined;
  isDead: boolean;
  stop(): void;
  goOn(): void;
}

interface Storm {
  clock: ManualClock;
  store: Store;
  random: () => number;
  /** How often something goes wrong with a call of the store. */
  trouble: number;
}

function startActor(storm: Storm): Actor {
  const { clock, store, random } = storm;
  let running = Promise.resolve();
  let goOn = () => {};
  const actor: Actor = {
    lease: undefined,
    isDead: false,
    stop() {
      goOn();
      running = new Promise((resolve) => goOn = resolve);
    },
    goOn: () => goOn(),
  };
  /** A call before and after which the process may stand still, and whose way there and back may take long. */
  async function call<T>(work: () => Promise<T>): Promise<T> {
    const isTroubled = random() < storm.trouble;
    const delayMs = () => isTroubled ? 2 * LENGTH_MS * random() ** 3 : 0;
    const [thereMs, backMs, fate] = [delayMs(), delayMs(), isTroubled ? random() : 1];
    await running;
    if (fate < 0.2) throw new Error("it is not sent");
    const late = (async () => {
      if (thereMs > 0) await clock.sleep(thereMs);
      return await work();
    })();
    late.catch(() => {});
    if (fate < 0.5) throw new Error("it may be made, at some time");
    const result = await late;
    if (backMs > 0) await clock.sleep(backMs);
    await running;
    return result;
  }
  const own = {
    getMany: (keys: readonly string[]) => call(() => store.getMany(keys)),
    commit: (changes: Parameters<Store["commit"]>[0]) => call(() => store.commit(changes)),
  };
  const ownClock = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    async sleep(ms: number, options?: { signal?: AbortSignal | undefined }) {
      await clock.sleep(ms, options);
      await running;
    },
  };
  const leases = createLeases({ store: own, clock: ownClock });
  const live = async () => {
    while (!actor.isDead) {
      const taking = await leases.take({ name: "work", lengthMs: LENGTH_MS }).catch(() => undefined);
      const { lease } = taking ?? {};
      if (lease === undefined) {
        await ownClock.sleep(taking && "lookAgainMs" in taking ? taking.lookAgainMs : 1_000);
        continue;
      }
      actor.lease = lease;
      await ownClock.sleep(5 * LENGTH_MS * random(), { signal: lease.signal }).catch(() => {});
      await lease.release();
      actor.lease = undefined;
      await ownClock.sleep(5_000 * random());
    }
  };
  void live();
  return actor;
}

async function runStorm(seed: number): Promise<void> {
  const random = randomFrom(seed);
  const clock = new ManualClock();
  const storm: Storm = { clock, random, store: memoryStore({ clock }), trouble: 0.2 };
  const all = Array.from({ length: PROCESSES }, () => startActor(storm));
  const living = () => all.filter(({ isDead }) => !isDead);
  const any = () => living()[Math.floor(random() * PROCESSES)] as Actor;
  let actingSteps = 0;
  const look = (step: number) => {
    // One that stands still, or is dead, would act if it went on now.
    const acting = all.filter(({ lease }) => lease?.mayAct());
    assert(acting.length <= 1, `${acting.length} may act in step ${step}, seed ${seed}`);
    actingSteps += acting.length;
  };
  for (let step = 0; step < STEPS; step++) {
    if (random() < 0.02) any().stop();
    if (random() < 0.02) any().goOn();
    if (random() < 0.01) clock.step(HOUR_MS * (2 * random() - 1));
    if (random() < 0.003) {
      const victim = any();
      victim.isDead = true;
      victim.stop();
      all.push(startActor(storm));
    }
    await clock.advance(STEP_MS);
    look(step);
  }
  assert(actingSteps > 0, `nothing was ever done, seed ${seed}`);
  storm.trouble = 0;
  for (const actor of living()) actor.goOn();
  // What is on its way arrives; then one of them acts, and goes on to.
  await clock.advance(8 * LENGTH_MS);
  actingSteps = 0;
  for (let step = 0; step < 240; step++) {
    await clock.advance(STEP_MS);
    look(STEPS + step);
  }
  assert(actingSteps > 0, `no process takes it once all is calm, seed ${seed}`);
}

Deno.test("two processes never may act, whatever goes wrong", async () => {
  const first = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  for (let round = 0; round < storms(10, 200); round++) await runStorm((first + round) >>> 0);
});
