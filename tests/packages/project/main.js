// Run by Node and by Bun, with the service as the argument: prints what the job came to.
import process from "node:process";
import { run } from "./job.js";

process.stdout.write(JSON.stringify(await run(JSON.parse(process.argv[2]))));
