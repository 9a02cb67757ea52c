/**
 * A lease is one process's at a time, whatever its store and its clock do; one that ends without a word is replaced
 * within one and a half lengths.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryStore, type Store } from "../../mod.ts";
import { put } from "../../src/store/writes.ts";
import {
  createLeases,
  type HeldLease,
  type Lease,
  leaseKeys,
  type LeaseOptions,
  type Leases,
  takeOrWait,
} from "../../src/base/lease.ts";
import { ManualClock, settle } from "../support/manual_clock.ts";

const LENGTH_MS = 60_000;
const HOUR_MS = 3_600_000;
const OPTIONS = { name: "work", lengthMs: LENGTH_MS };
const { holder: HOLDER } = leaseKeys("work");

/** What a commit meets: it fails before or after it is made, or it never answers. */
type Fault = "before" | "after" | "hang";

interface Process extends Leases {
  /** What its commits meet from now on. */
  fault: Fault | undefined;
  /** Whether its reads fail. */
  isBlind: boolean;
}

function setUp() {
  const clock = new ManualClock();
  const store = memoryStore({ clock });
  const process = (): Process => {
    const getMany: Store["getMany"] = async (keys) => {
      if (process.isBlind) throw new Error("no read");
      return await store.getMany(keys);
    };
    const commit: Store["commit"] = async (changes) => {
      const { fault } = process;
      if (fault === "before") throw new Error("no store");
      if (fault === "hang") return await new Promise<never>(() => {});
      const isMade = await store.commit(changes);
      if (fault === "after" && isMade) throw new Error("no answer");
      return isMade;
    };
    const leases = createLeases({ store: { getMany, commit }, clock });
    const process: Process = { ...leases, fault: undefined, isBlind: false };
    return process;
  };
  return { clock, store, process };
}

async function takeFree(leases: Leases, options: LeaseOptions = OPTIONS): Promise<Lease> {
  const { lease } = await leases.take(options);
  assert(lease !== undefined, "it is held");
  return lease;
}

async function seeHeld(leases: Leases, options: LeaseOptions = OPTIONS): Promise<HeldLease> {
  const taking = await leases.take(options);
  assert(taking.lease === undefined, "it was taken");
  return taking;
}

/** Looks as a process does that lives for long, until it has the lease. */
async function replace(leases: Leases, clock: ManualClock): Promise<{ lease: Lease; atMs: number }> {
  const startMs = clock.monotonicMs();
  for (;;) {
    const taking = await leases.take(OPTIONS);
    if (taking.lease !== undefined) return { lease: taking.lease, atMs: clock.monotonicMs() };
    assert(clock.monotonicMs() - startMs < 3 * LENGTH_MS, "nothing replaces it");
    await clock.advance(taking.lookAgainMs);
  }
}

Deno.test("a lease is one process's for as long as it likes, and free once it is released", async () => {
  const { clock, store, process } = setUp();
  const [first, second] = [process(), process()];
  const lease = await takeFree(first);
  for (let time = 0; time < 40; time++) {
    await clock.advance(LENGTH_MS / 4);
    await seeHeld(second);
    await seeHeld(first);
    assert(lease.mayAct());
  }
  assertEquals(await store.commit([lease.check(), { key: "act", value: "1" }]), true);
  await lease.release();
  assertEquals([lease.mayAct(), lease.signal.aborted, clock.sleeping], [false, false, 0]);
  assertEquals(await store.list(""), ["act"]);

  const next = await takeFree(second);
  await lease.release(); // Once more: it is another's by now.
  assertEquals(await store.commit([lease.check(), { key: "act", value: "2" }]), false);
  assert(next.mayAct());
  await seeHeld(first);
  await next.release();
});

Deno.test("of many that take a lease at once, one gets it, and the next one of those that wait", async () => {
  const { clock, process } = setUp();
  let all = Array.from({ length: 30 }, process);
  for (let turn = 0; turn < 3; turn++) {
    const takings = await Promise.all(all.map((one) => one.take(OPTIONS)));
    const taken = takings.flatMap(({ lease }, place) => lease === undefined ? [] : [{ lease, place }]);
    assertEquals(taken.length, 1);
    const [{ lease, place }] = taken as [{ lease: Lease; place: number }];
    if (turn === 1) await lease.release();
    else {
      (all[place] as Process).fault = "hang"; // Its process has ended.
      all = all.filter((_, it) => it !== place);
      for (let look = 0; look < 4; look++) {
        for (const other of all) await seeHeld(other);
        await clock.advance(LENGTH_MS / 4);
      }
    }
  }
});

Deno.test("a lease of another name is another lease, and a note says whose it is", async () => {
  const { process } = setUp();
  const lease = await takeFree(process(), { ...OPTIONS, note: "of mine, 7" });
  const other = await takeFree(process(), { ...OPTIONS, name: "other" });
  assertEquals((await seeHeld(process())).note, "of mine, 7");
  await Promise.all([lease.release(), other.release()]);
});

for (const endsAfterMs of [0, 1, 7_000, 14_999, 15_000, 15_001, 52_000]) {
  for (const [who, looksBefore] of [["looked on", true], ["comes then", false]] as const) {
    Deno.test(`a process that ends after ${endsAfterMs} ms is replaced by one that ${who}`, async () => {
      const { clock, process } = setUp();
      const [first, second] = [process(), process()];
      const endMs = clock.monotonicMs() + endsAfterMs;
      const lease = await takeFree(first);
      if (looksBefore) {
        while (clock.monotonicMs() < endMs) {
          const { lookAgainMs } = await seeHeld(second);
          await clock.advance(Math.min(lookAgainMs, endMs - clock.monotonicMs()));
        }
      } else await clock.advance(endsAfterMs);
      first.fault = "hang";
      const { lease: next, atMs } = await replace(second, clock);
      // Its last sign was a quarter of the length before its end, at most.
      assert(atMs - endMs >= 0.75 * LENGTH_MS && atMs - endMs <= 1.5 * LENGTH_MS, `${atMs - endMs} ms`);
      assertEquals([lease.mayAct(), next.mayAct()], [false, true]);
      await next.release();
    });
  }
}

Deno.test("two processes that look on, one 30 s after the other: one replaces the dead one, and only one", async () => {
  for (const stepMs of [0, -30_000, 30_000]) {
    const { clock, process } = setUp();
    const [dead, early, late] = [process(), process(), process()];
    await takeFree(dead);
    dead.fault = "hang";
    const endMs = clock.monotonicMs();
    await seeHeld(early);
    await clock.advance(30_000);
    clock.step(stepMs); // What the second one has for a time of day.
    await seeHeld(late);
    const lookAgain = await seeHeld(early);
    assertEquals([lookAgain.silentMs, lookAgain.lookAgainMs], [30_000, 15_000]);
    await clock.advance(30_000);
    await seeHeld(late);
    const lease = await takeFree(early);
    assertEquals(clock.monotonicMs() - endMs, LENGTH_MS);
    await clock.advance(LENGTH_MS);
    await seeHeld(late);
    assert(lease.mayAct());
    await lease.release();
  }
});

for (const stepMs of [-HOUR_MS, HOUR_MS]) {
  const step = stepMs < 0 ? "back" : "ahead";
  Deno.test(`a lease is kept, given up and taken over when the time of day is set ${step} at any moment`, async () => {
    for (let stepAt = 0; stepAt <= 20; stepAt++) {
      const { clock, process } = setUp();
      const [first, second] = [process(), process()];
      const stepIfDue = (place: number) => void (place === stepAt && clock.step(stepMs));
      const lease = await takeFree(first);
      for (let place = 0; place < 10; place++) {
        stepIfDue(place);
        await clock.advance(7_000);
        await seeHeld(second);
        assert(lease.mayAct(), `${stepAt}`);
      }
      await lease.release();
      const held = await takeFree(second);
      second.fault = "hang";
      for (let place = 10; place < 18; place++) {
        stepIfDue(place);
        await seeHeld(first); // The first look is at once: 56 s are over at the last one.
        await clock.advance(place < 17 ? 8_000 : 4_000);
      }
      stepIfDue(18);
      const next = await takeFree(first);
      assertEquals([held.mayAct(), next.mayAct()], [false, true]);
      await next.release();
      stepIfDue(19);
      await (await takeFree(first)).release();
    }
  });
}

for (const fault of ["before", "after", "hang"] as const) {
  Deno.test(`a lease whose renewals meet a store that fails (${fault}) permits nothing until the next one succeeds`, async () => {
    const { clock, process } = setUp();
    const [first, second] = [process(), process()];
    const lease = await takeFree(first);
    await clock.advance(15_000); // It is renewed here.
    first.fault = fault;
    await clock.advance(29_999);
    assertEquals(lease.mayAct(), true);
    await clock.advance(1);
    assertEquals([lease.mayAct(), lease.signal.aborted], [false, false]);
    if (fault === "after") {
      // Its renewals are made, and so it is not taken over.
      for (let look = 0; look < 12; look++) {
        await seeHeld(second);
        await clock.advance(LENGTH_MS / 4);
      }
    }
    first.fault = undefined;
    await clock.advance(15_001);
    assertEquals([lease.mayAct(), lease.signal.aborted], [true, false]);
    await lease.release();
  });
}

for (const fault of ["before", "hang"] as const) {
  Deno.test(`a lease is lost while its renewals fail (${fault}), once another process takes over, and its signal says so`, async () => {
    const { clock, store, process } = setUp();
    const [first, second] = [process(), process()];
    const lease = await takeFree(first);
    first.fault = fault;
    const { lease: next } = await replace(second, clock);
    assertEquals([lease.mayAct(), lease.signal.aborted, next.mayAct()], [false, false, true]);
    assertEquals(await store.commit([lease.check()]), false);
    first.fault = undefined;
    await clock.advance(15_001);
    assertEquals([lease.mayAct(), lease.signal.aborted, next.mayAct()], [false, true, true]);
    assert(lease.signal.reason instanceof Error && lease.signal.reason.message.includes("'work'"));
    await lease.release();
    await seeHeld(first);
    await next.release();
  });
}

Deno.test("what is taken over is not lost by a renewal that hung for long", async () => {
  const { clock, store } = setUp();
  const late: (() => void)[] = [];
  let isSlow = false;
  const slow: Store["commit"] = async (changes) => {
    if (isSlow) await new Promise<void>((resolve) => late.push(resolve));
    return await store.commit(changes);
  };
  const lease = await takeFree(createLeases({ store: { ...store, commit: slow }, clock }));
  isSlow = true;
  const { lease: next } = await replace(createLeases({ store, clock }), clock);
  assert(late.length > 1);
  for (const goOn of late) goOn();
  await settle();
  assertEquals([lease.mayAct(), lease.signal.aborted, next.mayAct()], [false, true, true]);
  await clock.advance(LENGTH_MS);
  assert(next.mayAct() && !next.signal.aborted);
  await next.release();
});

Deno.test("a renewal counts from its beginning, and not from its answer", async () => {
  const { clock, store } = setUp();
  let answersAfterMs = 0;
  const slow: Store["commit"] = async (changes) => {
    const isMade = await store.commit(changes);
    if (answersAfterMs > 0) await clock.sleep(answersAfterMs);
    return isMade;
  };
  const taking = createLeases({ store: { ...store, commit: slow }, clock }).take(OPTIONS);
  const { lease } = await clock.runUntil(taking);
  assert(lease !== undefined);
  answersAfterMs = 40_000;
  await clock.advance(30_000);
  for (let second = 30; second < 200; second++) {
    assertEquals(lease.mayAct(), false, `after ${second} s`);
    await clock.advance(1_000);
  }
  answersAfterMs = 20_000;
  await clock.advance(60_000);
  assertEquals([lease.mayAct(), lease.signal.aborted], [true, false]);
  answersAfterMs = 0;
  await lease.release();
});

Deno.test("a holder that gives a sign at the last moment is not replaced", async () => {
  const { clock, store, process } = setUp();
  const first = process();
  const lease = await takeFree(first);
  first.fault = "hang";
  const takeOver: Store["commit"] = async (changes) => {
    if (typeof changes[0]?.expected === "string") {
      first.fault = undefined;
      await clock.advance(15_000); // The process stood still, and the holder went on.
    }
    return await store.commit(changes);
  };
  const second = createLeases({ store: { ...store, commit: takeOver }, clock });
  await seeHeld(second);
  await clock.advance(LENGTH_MS);
  await seeHeld(second);
  assertEquals(first.fault, undefined);
  assertEquals([lease.mayAct(), lease.signal.aborted], [true, false]);
  await lease.release();
});

Deno.test("a text that is no holder of ours is replaced once it has not changed for the length", async () => {
  for (const text of ["", "{}", "no id"]) {
    const { clock, store, process } = setUp();
    await put(store, HOLDER, text);
    const { lease } = await replace(process(), clock);
    assert(lease.mayAct());
    await lease.release();
    assertEquals(await store.list(""), []);
  }
});

Deno.test("a lease that took long to be taken permits nothing until it is renewed", async () => {
  const { clock, store } = setUp();
  const slow: Store["commit"] = async (changes) => {
    const isMade = await store.commit(changes);
    if (changes[0]?.expected === null) await clock.sleep(LENGTH_MS);
    return isMade;
  };
  const taking = createLeases({ store: { ...store, commit: slow }, clock }).take(OPTIONS);
  let mayActAtFirst: boolean | undefined;
  void taking.then(({ lease }) => mayActAtFirst = lease?.mayAct());
  await clock.advance(LENGTH_MS);
  const { lease } = await taking;
  assertEquals([mayActAtFirst, lease?.mayAct()], [false, true]);
  await lease?.release();
});

Deno.test("a lease is held whose acquisition was made, though its answer was lost", async () => {
  const { clock, process } = setUp();
  const [first, second] = [process(), process()];
  first.fault = "after";
  const lease = await takeFree(first);
  first.fault = undefined;
  assert(lease.mayAct());
  await seeHeld(second);

  // The same where it is taken over.
  second.fault = "after";
  first.fault = "hang";
  const { lease: next } = await replace(second, clock);
  second.fault = undefined;
  assertEquals([lease.mayAct(), next.mayAct()], [false, true]);
  await clock.advance(LENGTH_MS);
  assert(next.mayAct());
  await next.release();
});

Deno.test("an acquisition that fails rejects, and what it may have left is waited for", async () => {
  const { clock, store, process } = setUp();
  const [first, second] = [process(), process()];
  first.fault = "before";
  await assertRejects(() => first.take(OPTIONS), Error, "no store");
  assertEquals(await store.list(""), []);
  first.fault = "after";
  first.isBlind = true;
  await assertRejects(() => first.take(OPTIONS), Error, "no answer");
  first.fault = undefined;
  first.isBlind = false;
  assertEquals(clock.sleeping, 0);
  await seeHeld(first);
  const { lease } = await replace(second, clock);
  await lease.release();

  // One that is made only later.
  let makeIt: (() => Promise<boolean>) | undefined;
  const losing: Store["commit"] = (changes) => {
    if (makeIt !== undefined) return store.commit(changes);
    makeIt = () => store.commit(changes);
    return Promise.reject(new Error("no answer"));
  };
  const third = createLeases({ store: { ...store, commit: losing }, clock });
  await assertRejects(() => third.take(OPTIONS), Error, "no answer");
  assertEquals(await makeIt?.(), true);
  await seeHeld(third);
  await (await replace(second, clock)).lease.release();
});

Deno.test("a release that fails or does not answer ends, and the length is waited for", async () => {
  for (const fault of ["before", "hang"] as const) {
    const { clock, process } = setUp();
    const [first, second] = [process(), process()];
    const lease = await takeFree(first);
    first.fault = fault;
    const releasing = lease.release();
    await clock.advance(LENGTH_MS / 4);
    await releasing;
    assertEquals([lease.mayAct(), clock.sleeping], [false, 0]);
    first.fault = undefined;
    await seeHeld(first);
    const { lease: next } = await replace(second, clock);
    await next.release();
  }
});

Deno.test("takeOrWait() waits for as long as it takes to see whether the holder is there", async () => {
  const { clock, process } = setUp();
  const first = process();
  const lease = await takeFree(first);
  await clock.advance(1_000);
  const startMs = clock.monotonicMs();
  const tookMs = () => clock.monotonicMs() - startMs;
  const seen = await clock.runUntil(takeOrWait(process(), clock, OPTIONS));
  assert(seen.lease === undefined && seen.silentMs === undefined);
  assert(tookMs() <= LENGTH_MS / 2, `it took ${tookMs()} ms to see a sign`);

  const waiting = takeOrWait(process(), clock, OPTIONS);
  await settle();
  await lease.release();
  const { lease: next } = await clock.runUntil(waiting);
  assert(next !== undefined && next.mayAct());
  await next.release();

  await takeFree(first);
  first.fault = "hang";
  const endMs = clock.monotonicMs();
  const both = await clock.runUntil(
    Promise.all([takeOrWait(process(), clock, OPTIONS), takeOrWait(process(), clock, OPTIONS)]),
  );
  const leases = both.flatMap(({ lease }) => lease ?? []);
  assertEquals([leases.length, clock.monotonicMs() - endMs], [1, LENGTH_MS]);

  const cause = new Error("enough");
  const giveUp = new AbortController();
  const last = takeOrWait(process(), clock, { ...OPTIONS, signal: giveUp.signal });
  await settle();
  giveUp.abort(cause);
  assertEquals(await last.catch((error) => error), cause);
  await leases[0]?.release();
});

Deno.test("a holder that has surely ended is replaced at once, and no other one", async () => {
  const { clock, store, process } = setUp();
  const [first, second] = [process(), process()];
  const lease = await takeFree(first, { ...OPTIONS, note: "pid 7" });
  const notes: string[] = [];
  const hasEnded = (note: string) => {
    notes.push(note);
    return note === "pid 7";
  };
  const next = await takeFree(second, { ...OPTIONS, note: "pid 8", hasEnded });
  await seeHeld(first, { ...OPTIONS, hasEnded });
  assertEquals(notes, ["pid 7", "pid 8"]);
  await next.release();
  await clock.advance(LENGTH_MS);
  assertEquals([lease.signal.aborted, await store.get(HOLDER)], [true, undefined]);
});

Deno.test("a lease is taken with what else its commit has, which is asked anew where something else stands there", async () => {
  const { store, process } = setUp();
  await put(store, "mark", "theirs");
  let mark: string | null = null;
  let asks = 0;
  const also = async () => {
    if (asks++ > 0) mark = await store.get("mark") ?? null;
    return [{ key: "mark", expected: mark, value: "mine" }];
  };
  const lease = await takeFree(process(), { ...OPTIONS, also });
  assertEquals([asks, await store.get("mark")], [2, "mine"]);
  asks = 0;
  await seeHeld(process(), { ...OPTIONS, also });
  assertEquals([asks, await store.get("mark")], [1, "mine"]);
  await lease.release();
});
