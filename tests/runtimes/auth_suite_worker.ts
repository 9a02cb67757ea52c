/** Run by workerd: takes the world, prints the log, and answers with the outcome. */
import { runSuite } from "./auth_suite.ts";
import type { World } from "./auth_world.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    // deno-lint-ignore no-console -- what a Worker prints is what is searched
    const outcome = await runSuite(await request.json() as World, (value) => console.log(value));
    // deno-lint-ignore no-console -- what a Worker prints is what is searched
    for (const line of outcome.log) console.log(line);
    return Response.json(outcome);
  },
};
