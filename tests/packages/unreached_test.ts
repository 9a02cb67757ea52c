/** The suite about services that are not reached, in the runtimes that come from the registry: Bun, and each Node. */
import { run } from "../support/run.ts";
import { checkUnreached, runUnreachedSuite } from "../runtimes/check_unreached.ts";

const RUNTIMES: readonly [name: string, args: readonly string[], untold: readonly string[]][] = [
  // It says the same of a handshake that failed and of an answer that is no TLS.
  ["Bun", ["bun@1", "bun"], ["tlsVersion", "noTls", "endsInHandshake"]],
  ["Node 22", ["node@22", "node", "node_modules/tsx/dist/cli.mjs"], []],
  ["Node 24", ["node@24", "node", "node_modules/tsx/dist/cli.mjs"], []],
];

for (const [name, [source = "", ...program], untold] of RUNTIMES) {
  Deno.test(`${name} tells that a service was not reached`, () =>
    checkUnreached(
      (addresses) =>
        runUnreachedSuite((args) => run("npx", ["--yes", "-p", source, ...program, ...args]), addresses),
      untold,
    ));
}
