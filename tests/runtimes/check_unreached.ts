/** Runs the suite about services that are not reached against real servers, and holds a runtime to what it should tell. */
import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Finished, ROOT } from "../support/run.ts";
import { startFailingServers } from "./failing_servers.ts";
import type { Verdict } from "./unreached_suite.ts";

const SUITE = fileURLToPath(new URL("tests/runtimes/run_unreached_suite.ts", ROOT));

/** Holds the verdicts of a runtime against the truth, but for what it does not tell of the first kind. */
export async function checkUnreached(
  askRuntime: (addresses: Record<string, string>) => Promise<Record<string, Verdict>>,
  untold: readonly string[],
): Promise<void> {
  await using servers = await startFailingServers();
  const { unreached, doubtful } = servers;
  const verdicts = await askRuntime({ ...unreached, ...doubtful });
  const expected = [
    ...Object.keys(unreached).map((name) => [name, untold.includes(name) ? "in doubt" : "unreached"]),
    ...Object.keys(doubtful).map((name) => [name, "in doubt"]),
  ];
  assertEquals(verdicts, Object.fromEntries(expected));
  assertEquals(servers.countRead(), Object.keys(doubtful).length, "only what is in doubt was read");
}

/** Runs the suite by a program, and reads what came of it. */
export async function runUnreachedSuite(
  program: (args: readonly string[]) => Promise<Finished>,
  addresses: Record<string, string>,
): Promise<Record<string, Verdict>> {
  const { code, stdout, stderr } = await program([SUITE, JSON.stringify(addresses)]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}
