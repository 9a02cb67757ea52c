/** Run by Deno, Node and Bun, with the addresses as the first argument: prints what came of them. */
import process from "node:process";
import { runSuite } from "./unreached_suite.ts";

async function main(): Promise<void> {
  const verdicts = await runSuite(JSON.parse(process.argv[2] ?? "{}") as Record<string, string>);
  process.stdout.write(JSON.stringify(verdicts), () => process.exit(0));
}

main();
