/**
 * `withClaim()` lets one process in at a time, takes over from one that has ended, and notices when it has
 * lost its claim.
 */
import { compareAndSet, put } from "../../src/store/writes.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { hostname } from "node:os";
import process from "node:process";
import { memoryStore } from "../../mod.ts";
import { withClaim } from "../../src/cli/batch/with_claim.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { until } from "../support/until.ts";

const CLAIMED = { name: "x", what: "do it" };
const KEY = "cli/claim/x";

function claim(store: ReturnType<typeof memoryStore>): Promise<string> {
  return withClaim(store, CLAIMED, () => Promise.resolve("done"));
}

Deno.test("withClaim() lets one in at a time, and the next one whatever the work came to", async () => {
  const store = memoryStore();
  await withClaim(store, CLAIMED, async (lost) => {
    assertEquals(lost.aborted, false);
    const message = `Cannot do it: another process of this program (${process.pid}) is doing so`;
    await assertRejects(() => claim(store), UsageError, message);
    assertEquals(await withClaim(store, { ...CLAIMED, name: "y" }, () => Promise.resolve(1)), 1);
  });
  await assertRejects(() => withClaim(store, CLAIMED, () => Promise.reject(new Error("no"))), Error, "no");
  assertEquals(await claim(store), "done");
});

Deno.test("withClaim() takes over from a process that has ended, and from no other one", async () => {
  const store = memoryStore();
  const ended = new Deno.Command("true").spawn();
  await ended.status;
  await put(store, KEY, JSON.stringify({ id: "x", pid: ended.pid, host: hostname() }));
  assertEquals(await claim(store), "done");
  for (const holder of [{ pid: process.pid, host: hostname() }, { pid: ended.pid, host: "another" }]) {
    await put(store, KEY, JSON.stringify({ id: "x", ...holder }));
    await assertRejects(() => claim(store), UsageError, "another process");
  }
});

Deno.test("withClaim() takes over from a process that nobody has asked for its status", async () => {
  if (Deno.build.os !== "linux") return;
  // A child that has ended, of a process that does not look after it.
  const script =
    "import subprocess, sys, time; c = subprocess.Popen(['true']); print(c.pid, flush=True); sys.stdin.read()";
  const parent = new Deno.Command("python3", { args: ["-c", script], stdin: "piped", stdout: "piped" })
    .spawn();
  const reader = parent.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  const isZombie = async () => /\) Z /.test(await Deno.readTextFile(`/proc/${pid}/stat`));
  await until("the end of the child", isZombie);
  const store = memoryStore();
  await put(store, KEY, JSON.stringify({ id: "x", pid, host: hostname() }));
  assertEquals(await claim(store), "done");
  await parent.stdin.close();
  await reader.cancel();
  await parent.status;
});

Deno.test("withClaim() renews, and aborts the work when another process has it by then", async () => {
  let nowMs = 0;
  const base = memoryStore({ clock: { nowMs: () => nowMs } });
  let renewals = 0;
  const store: typeof base = {
    ...base,
    compareAndSet: async (...change) => {
      const isSet = await compareAndSet(base, ...change);
      if (isSet) renewals++;
      return isSet;
    },
  };
  const work = async (lost: AbortSignal) => {
    for (let round = 0; round < 4; round++) {
      nowMs += 60; // Of the 80 for which a claim stands.
      await assertRejects(() => claim(store), UsageError, "another process");
      const before = renewals;
      await until("a renewal", () => renewals > before);
    }
    assertEquals(lost.aborted, false);
    const aborted = new Promise((resolve) => lost.addEventListener("abort", resolve, { once: true }));
    await put(store, KEY, JSON.stringify({ id: "x", pid: 1, host: "another" }));
    await aborted;
    throw lost.reason;
  };
  const message = "Cannot go on to do it: another process of this program does so by now";
  await assertRejects(() => withClaim(store, CLAIMED, work, 80), UsageError, message);
  await assertRejects(
    () => claim(store),
    UsageError,
    "another process (1)".replace("process", "process of this program"),
  );
});
