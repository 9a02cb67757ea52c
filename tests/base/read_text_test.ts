/** Proves that `readText()` reads a body as UTF-8, however it is cut, and no further than it may go. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { readText } from "../../src/base/read_text.ts";

const tooLong = () => new Error("too long");

function bodyOf(bytes: Uint8Array<ArrayBuffer>, pieceBytes: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at += pieceBytes));
    },
  });
}

for (const pieceBytes of [1, 2, 3, 100]) {
  Deno.test(`readText() reads text that comes in pieces of ${pieceBytes} bytes, up to its limit`, async () => {
    const text = "Zürich, 東京, 🦕";
    const bytes = new TextEncoder().encode(text);
    assertEquals(await readText(bodyOf(bytes, pieceBytes), bytes.length, tooLong), text);
    await assertRejects(
      () => readText(bodyOf(bytes, pieceBytes), bytes.length - 1, tooLong),
      Error,
      "too long",
    );
  });
}

Deno.test("readText() reads nothing where there is no body", async () => {
  assertEquals(await readText(null, 0, tooLong), "");
});

Deno.test("readText() stops reading, and lets go of the body, once it is too long", async () => {
  const over = new Error("over");
  let isCancelled = false;
  let pieces = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => (pieces++, controller.enqueue(new Uint8Array(10))),
    cancel: () => void (isCancelled = true),
  });
  assertStrictEquals(await assertRejects(() => readText(endless, 100, () => over)), over);
  assertEquals([isCancelled, pieces < 20], [true, true]);
});
