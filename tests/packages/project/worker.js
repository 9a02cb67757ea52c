// Run by workerd, bundled: runs the job for the service in the request's body.
import { run } from "./job.js";

export default {
  fetch: async (request) => {
    try {
      return Response.json(await run(await request.json()));
    } catch (error) {
      return new Response(error.stack, { status: 500 });
    }
  },
};
