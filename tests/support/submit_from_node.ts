/** Run by Node with tsx: submits a batch to the address that is given, and prints the ids of its tasks. */
import process from "node:process";
import { accessToken, batchRun, createClient } from "../../mod.ts";

const [baseUrl = "", endpointId = "", functionId = ""] = process.argv.slice(2);
const client = createClient({ authorizer: accessToken("token"), baseUrl });
const tasks = [{ functionId, args: ["ä".repeat(50_000)] }];
batchRun(client, { endpointId, tasks }).then(({ taskIds }) => process.stdout.write(taskIds.join(" ")));
