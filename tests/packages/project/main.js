// Run by Node and by Bun, with the service as the argument: prints what the job came to.
import process from "node:process";
import { sqliteStore } from "@edge-compute/globus/sqlite-store";
import { run } from "./job.js";

const result = await run(JSON.parse(process.argv[2]));
const store = sqliteStore("kept.sqlite");
await store.commit([{ key: "greeting", value: "hello" }]);
const kept = await store.get("greeting");
await store.close();
process.stdout.write(JSON.stringify({ ...result, kept }));
