/**
 * On real sockets, in each runtime: what is told of a service that was not reached is told, and nothing that may have the
 * request ever passes for it. What a runtime does not tell is listed here, as it is in the docs of `ComputeNetworkError`.
 */
import { assertEquals } from "@std/assert";
import { runOnDeno, runOnNode } from "../support/run.ts";
import { checkUnreached, runUnreachedSuite } from "./check_unreached.ts";
import { SANITIZE, startWorker } from "./start_worker.ts";
import type { Verdict } from "./unreached_suite.ts";

Deno.test("Deno tells that a service was not reached", () =>
  checkUnreached((addresses) => runUnreachedSuite(runOnDeno, addresses), []));

Deno.test("Node tells that a service was not reached", () =>
  checkUnreached((addresses) => runUnreachedSuite(runOnNode, addresses), []));

Deno.test(
  "workerd tells nothing of a service that was not reached, and all of it is in doubt",
  SANITIZE,
  () =>
    checkUnreached(async (addresses) => {
      const { worker } = await startWorker("tests/runtimes/unreached_worker.ts");
      try {
        const body = '{"status": "online"}';
        const marked = Deno.serve(
          { hostname: "127.0.0.1", port: 0, onListen: () => {} },
          () => new Response(new TextEncoder().encode(`\uFEFF${body}`)),
        );
        const markedUrl = `http://127.0.0.1:${marked.addr.port}`;
        const response = await worker.dispatchFetch("http://suite/", {
          method: "POST",
          body: JSON.stringify({ addresses, markedUrl }),
        });
        const { verdicts, isOnline } = await response.json() as {
          verdicts: Record<string, Verdict>;
          isOnline: boolean;
        };
        await marked.shutdown();
        assertEquals(isOnline, true, "a byte order mark before an answer is passed over");
        return verdicts;
      } finally {
        await worker.dispose();
      }
    }, ["noName", "refused", "refusedTls", "certificate", "tlsVersion", "noTls", "endsInHandshake"]),
);
