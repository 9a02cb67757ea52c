/** Proves that `notify()` calls a listener at once, and that no failure of its own comes back. */
import { assertEquals } from "@std/assert";
import { notify } from "../../src/base/notify.ts";
import { settle } from "../support/manual_clock.ts";

Deno.test("notify() calls the listener at once, with the value", () => {
  const seen: number[] = [];
  notify((value) => seen.push(value), 1);
  assertEquals(seen, [1]);
});

Deno.test("notify() does without a listener", () => notify(undefined, 1));

for (
  const [how, listener] of [
    ["throws", () => {
      throw new Error("the listener's own");
    }],
    ["rejects", () => Promise.reject(new Error("the listener's own"))],
    ["never ends", () => new Promise(() => {})],
  ] as const
) {
  Deno.test(`notify() goes on after a listener that ${how}`, async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (event: PromiseRejectionEvent) => {
      event.preventDefault();
      unhandled.push(event.reason);
    };
    addEventListener("unhandledrejection", onUnhandled);
    try {
      notify(listener, 1);
      await settle();
    } finally {
      removeEventListener("unhandledrejection", onUnhandled);
    }
    assertEquals(unhandled, []);
  });
}
