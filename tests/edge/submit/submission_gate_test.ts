/** Four submissions at a time go to an endpoint for one client, in order. */
import { assertEquals, assertRejects } from "@std/assert";
import { accessToken, createClient } from "../../../mod.ts";
import { inGate } from "../../../edge/submit/submission_gate.ts";
import { settle } from "../../support/manual_clock.ts";

const newClient = () => createClient({ authorizer: accessToken("t") });

Deno.test("inGate() lets four at once through for an endpoint of a client, in the order of the calls", async () => {
  const client = newClient();
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (n: number) => () => {
    begun.push(n);
    return new Promise<number>((resolve) => ends[n] = () => resolve(n));
  };
  const calls = Array.from({ length: 20 }, (_, n) => inGate(client, "a", work(n)));
  await settle();
  assertEquals(begun, [0, 1, 2, 3]);
  ends[2]?.();
  await settle();
  assertEquals(begun, [0, 1, 2, 3, 4]);
  const other = [inGate(client, "b", work(20)), inGate(newClient(), "a", work(21))];
  await settle();
  assertEquals(begun.slice(5), [20, 21]);
  for (let turn = 0; turn < 22; turn++) {
    for (const end of ends) end?.();
    await settle();
  }
  assertEquals(await Promise.all([...calls, ...other]), Array.from({ length: 22 }, (_, n) => n));
});

Deno.test("inGate() lets the next one through after one that failed", async () => {
  const client = newClient();
  for (let turn = 0; turn < 20; turn++) {
    await assertRejects(() => inGate(client, "a", () => Promise.reject(new Error("no"))), Error, "no");
  }
  assertEquals(await inGate(client, "a", () => Promise.resolve(1)), 1);
});
