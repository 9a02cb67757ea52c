import { settle } from "./manual_clock.ts";
import { until } from "./until.ts";

/**
 * Watches all that this process fetches: a client finishes a read that is on the wire, whether or not its caller still waits, and a
 * test that ends before has a timer left.
 */
export function watchFetch(): Disposable & { ended(): Promise<void> } {
  const { fetch } = globalThis;
  let underWay = 0;
  globalThis.fetch = async (...args) => {
    underWay++;
    try {
      const response = await fetch(...args);
      return new Response(response.body && await response.arrayBuffer(), response);
    } finally {
      underWay--;
    }
  };
  return {
    async ended() {
      await until("the end of what is on the wire", () => underWay === 0);
      await settle();
    },
    [Symbol.dispose]: () => void (globalThis.fetch = fetch),
  };
}
