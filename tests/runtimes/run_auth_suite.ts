/** Run by Deno and by Node, with the world on the standard input: prints the log, and posts the outcome. */
import process from "node:process";
import { runSuite, type World } from "./auth_suite.ts";

async function main(): Promise<void> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  const world = JSON.parse(text) as World;
  const outcome = await runSuite(world);
  for (const line of outcome.log) process.stdout.write(`${line}\n`);
  await fetch(`${world.controlUrl}/outcome`, { method: "POST", body: JSON.stringify(outcome) });
}

main();
