/** Below those that Linux gives to connections, of which one could take the port between two uses. */
const [LEAST, MOST] = [20_000, 32_000];

/** A port of loopback that nothing listens at, for what has to come back to the same one. */
export function freePort(): number {
  for (;;) {
    const port = LEAST + Math.floor(Math.random() * (MOST - LEAST));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
