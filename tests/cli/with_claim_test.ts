/**
 * `withClaim()` lets one process in at a time, takes over from one that has ended, and notices when it has lost its
 * claim.
 */
import { put } from "../../src/store/writes.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import process from "node:process";
import { memoryStore, type Store } from "../../mod.ts";
import { leaseKeys } from "../../src/base/lease.ts";
import { type ClaimOptions, type HeldClaim, withClaim } from "../../src/cli/batch/with_claim.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { until } from "../support/until.ts";

const CLAIMED = { name: "x", what: "do it" };
const KEYS = leaseKeys("cli/lease/x");
/** Long enough for a busy machine to renew in time. */
const LEASE_MS = 1_000;
/** Longer than any test: what is taken is taken at once. */
const HOURS = { leaseMs: 10_000_000 };

function claim(store: Store, options: ClaimOptions = { leaseMs: LEASE_MS }): Promise<string> {
  return withClaim(store, CLAIMED, () => Promise.resolve("done"), options);
}

/** The note of a process, as one of this machine writes it. */
async function noteOf(pid: number): Promise<string> {
  const boot = (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim();
  return `${pid} ${boot} ${await Deno.readLink("/proc/self/ns/pid")}`;
}

/** What is in the store of a holder with this note. */
async function leave(store: Store, note: string): Promise<void> {
  await store.commit([{ key: KEYS.holder, value: `an-id ${note}` }, { key: KEYS.beat, value: "1" }]);
}

Deno.test("withClaim() lets one in at a time, and the next one whatever the work came to", async () => {
  const store = memoryStore();
  await withClaim(store, CLAIMED, async ({ lost }) => {
    assertEquals(lost.aborted, false);
    const waits: string[] = [];
    const message = `Cannot do it: another process of this program (${process.pid}) is doing so`;
    const options = { leaseMs: LEASE_MS, onWait: (text: string) => void waits.push(text) };
    await assertRejects(() => claim(store, options), UsageError, message);
    assertEquals(waits, [
      `Waiting for up to 1 s to see whether another process of this program (${process.pid}) is still there`,
    ]);
    assertEquals(await withClaim(store, { ...CLAIMED, name: "y" }, () => Promise.resolve(1)), 1);
  }, { leaseMs: LEASE_MS });
  await assertRejects(() => withClaim(store, CLAIMED, () => Promise.reject(new Error("no"))), Error, "no");
  assertEquals(await claim(store), "done");
  assertEquals(await store.list(""), []);
});

Deno.test("withClaim() takes over at once from a process of this machine that has ended", async () => {
  if (Deno.build.os !== "linux") return;
  const store = memoryStore();
  const ended = new Deno.Command("true").spawn();
  await ended.status;
  await leave(store, await noteOf(ended.pid));
  assertEquals(await claim(store, HOURS), "done");
});

Deno.test("withClaim() takes over at once from a zombie", async () => {
  if (Deno.build.os !== "linux") return;
  // A child that has ended, and whose parent does not ask for its status.
  const script =
    "import subprocess, sys, time; c = subprocess.Popen(['true']); print(c.pid, flush=True); sys.stdin.read()";
  const parent = new Deno.Command("python3", { args: ["-c", script], stdin: "piped", stdout: "piped" })
    .spawn();
  const reader = parent.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  const isZombie = async () => /\) Z /.test(await Deno.readTextFile(`/proc/${pid}/stat`));
  await until("the end of the child", isZombie);
  const store = memoryStore();
  await leave(store, await noteOf(pid));
  assertEquals(await claim(store, HOURS), "done");
  await parent.stdin.close();
  await reader.cancel();
  await parent.status;
});

Deno.test("withClaim() waits for the length where nothing but silence tells that a process has ended", async () => {
  const ended = new Deno.Command("true").spawn();
  await ended.status;
  const own = Deno.build.os === "linux" ? await noteOf(process.pid) : `${process.pid}`;
  // It is there and stuck; it was of another boot, or of another container; it has left another text.
  const others = [own, `${ended.pid} another-boot pid:[1]`, `${ended.pid}`, "", "{", "null"];
  await Promise.all(others.map(async (note) => {
    const store = memoryStore();
    await leave(store, note);
    const startMs = performance.now();
    assertEquals(await claim(store, { leaseMs: 300 }), "done");
    const tookMs = performance.now() - startMs;
    assert(tookMs >= 300, `${note}: ${tookMs} ms`);
  }));
});

Deno.test("withClaim() stops waiting when its signal is aborted", async () => {
  const store = memoryStore();
  await leave(store, "1 elsewhere");
  const cause = new Error("Interrupted");
  const interruption = new AbortController();
  const options = { ...HOURS, signal: interruption.signal, onWait: () => interruption.abort(cause) };
  assertEquals(await claim(store, options).catch((error) => error), cause);
});

Deno.test("withClaim() renews, and aborts the work when another process has it by then", async () => {
  const base = memoryStore();
  let renewals = 0;
  const store: Store = {
    ...base,
    async commit(changes) {
      const isMade = await base.commit(changes);
      if (isMade && changes.some(({ key }) => key === KEYS.beat)) renewals++;
      return isMade;
    },
  };
  const work = async ({ lost }: HeldClaim) => {
    await until("renewals", () => renewals > 4);
    assertEquals(lost.aborted, false);
    const aborted = new Promise((resolve) => lost.addEventListener("abort", resolve, { once: true }));
    await put(store, KEYS.holder, "an-id 1 elsewhere");
    await aborted;
    throw lost.reason;
  };
  const message = "Cannot go on to do it: another process of this program does so by now";
  await assertRejects(() => withClaim(store, CLAIMED, work, { leaseMs: 200 }), UsageError, message);
  assertEquals(await store.get(KEYS.holder), "an-id 1 elsewhere");
});

Deno.test("withClaim() lets work act again once it has renewed, and no more where another process has it", async () => {
  const store = memoryStore();
  const acted: string[] = [];
  /** Nothing runs meanwhile, as in a process that is stopped. */
  const stopFor = (ms: number) => {
    for (const endMs = performance.now() + ms; performance.now() < endMs;);
  };
  const work = async ({ lost, untilMayAct }: HeldClaim) => {
    await untilMayAct();
    stopFor(LEASE_MS);
    await untilMayAct(); // It is still there: it has only been slow.
    acted.push("late");
    assertEquals(lost.aborted, false);
    stopFor(LEASE_MS);
    void put(store, KEYS.holder, "an-id 1 elsewhere"); // In this turn still, so before any renewal.
    await untilMayAct();
    acted.push("beside another process");
  };
  const message = "Cannot go on to do it: another process of this program does so by now";
  await assertRejects(() => withClaim(store, CLAIMED, work, { leaseMs: LEASE_MS }), UsageError, message);
  assertEquals(acted, ["late"]);
});
