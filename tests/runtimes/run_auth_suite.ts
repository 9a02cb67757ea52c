/** Run by Deno and by Node, with the world on the standard input: prints the log, and posts the outcome. */
import process from "node:process";
import { inspect } from "node:util";
import { runSuite } from "./auth_suite.ts";
import type { World } from "./auth_world.ts";

function print(value: unknown): void {
  // deno-lint-ignore no-console -- what is printed is what is searched
  console.log(value);
  process.stdout.write(`${inspect(value, { showHidden: true, depth: Infinity, getters: true })}\n`);
}

async function main(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  const world = JSON.parse(text) as World;
  const outcome = await runSuite(world, print);
  for (const line of outcome.log) process.stdout.write(`${line}\n`);
  await fetch(`${world.controlUrl}/outcome`, { method: "POST", body: JSON.stringify(outcome) });
}

main();
