import { assertEquals, assertRejects } from "@std/assert";
import { hostname } from "node:os";
import process from "node:process";
import { memoryStore } from "../../mod.ts";
import { claimOutput } from "../../src/cli/batch/claim_output.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { workspace } from "./cli_process.ts";

/** The one key of a store. */
async function onlyKey(store: ReturnType<typeof memoryStore>): Promise<string> {
  for await (const key of store.list("")) return key;
  return "";
}

Deno.test("claimOutput() lets one in at a time, under every name of the file", async () => {
  await using place = await workspace();
  const path = await place.write("out.jsonl", "");
  await Deno.symlink(path, place.file("link.jsonl"));
  const store = memoryStore();
  const claim = await claimOutput(store, path);
  await assertRejects(() => claimOutput(store, place.file("link.jsonl")), UsageError, "another process");
  await claim.release();
  const next = await claimOutput(store, place.file("link.jsonl"));
  assertEquals(next.signal.aborted, false);
  await next.release();
  assertEquals(await onlyKey(store), "");
});

Deno.test("claimOutput() takes over from a process that has ended, and from no other one", async () => {
  await using place = await workspace();
  const path = await place.write("out.jsonl", "");
  const store = memoryStore();
  await (await claimOutput(store, path)).release();
  const claim = await claimOutput(store, path);
  const key = await onlyKey(store);
  await claim.release();
  const ended = new Deno.Command("true").spawn();
  await ended.status;
  await store.put(key, JSON.stringify({ id: "x", pid: ended.pid, host: hostname() }));
  await (await claimOutput(store, path)).release();
  for (const holder of [{ pid: process.pid, host: hostname() }, { pid: ended.pid, host: "another" }]) {
    await store.put(key, JSON.stringify({ id: "x", ...holder }));
    await assertRejects(() => claimOutput(store, path), UsageError, "another process");
  }
});

Deno.test("claimOutput() is renewed, and aborts when another process has it by then", async () => {
  await using place = await workspace();
  const path = await place.write("out.jsonl", "");
  const store = memoryStore();
  const claim = await claimOutput(store, path, 80);
  await new Promise((resolve) => setTimeout(resolve, 250));
  await assertRejects(() => claimOutput(store, path), UsageError, "another process");
  assertEquals(claim.signal.aborted, false);
  const lost = new Promise((resolve) => claim.signal.addEventListener("abort", resolve, { once: true }));
  await store.put(await onlyKey(store), JSON.stringify({ id: "x", pid: 1, host: "another" }));
  await lost;
  assertEquals(
    (claim.signal.reason as Error).message,
    `Cannot go on: another process of this program writes to '${path}' by now`,
  );
  await claim.release();
  await assertRejects(() => claimOutput(store, path), UsageError, "another process");
});
