/**
 * Sets the edge handler up and, with `--deliver`, gives it one delivery: what `executed_files.ts` runs, to see which files
 * that takes.
 */
import process from "node:process";
import { memoryStore } from "../../mod.ts";
import { createStubbedHandler, deliver, signDeliveries } from "./stubbed_handler.ts";

const handler = createStubbedHandler({ store: memoryStore() });
for (const delivery of await signDeliveries(1)) {
  if (process.argv.includes("--deliver")) await deliver(handler, delivery);
}
