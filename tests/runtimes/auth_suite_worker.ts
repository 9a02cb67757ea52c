/** Run by workerd: takes the world, prints the log, and answers with the outcome. */
import { runSuite, type World } from "./auth_suite.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const outcome = await runSuite(await request.json() as World);
    // deno-lint-ignore no-console -- what a Worker prints is what is searched
    for (const line of outcome.log) console.log(line);
    return Response.json(outcome);
  },
};
