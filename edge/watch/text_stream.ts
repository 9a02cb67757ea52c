/** A body whose text is made as fast as it is read, and no longer than somebody reads it. */
export function textStream(
  texts: AsyncGenerator<string, void, void>,
  onEnd: () => void = () => {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await texts.next();
        if (done !== true) return controller.enqueue(encoder.encode(value));
        onEnd();
        controller.close();
      } catch (error) {
        onEnd();
        controller.error(error);
      }
    },
    async cancel() {
      // Before the generator is told: it may be asleep, and hears of it when it wakes.
      onEnd();
      await texts.return();
    },
  }, { highWaterMark: 0 });
}
