/** Run by workerd: takes the addresses, and answers with what came of them. */
import { accessToken, createClient, getEndpointStatus } from "../../mod.ts";
import { runSuite } from "./unreached_suite.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const { addresses, markedUrl } = await request.json() as {
      addresses: Record<string, string>;
      markedUrl: string;
    };
    const verdicts = await runSuite(addresses);
    const client = createClient({ authorizer: accessToken("token"), baseUrl: markedUrl, maxAttempts: 1 });
    const { isOnline } = await getEndpointStatus(client, "4b116d3c-1703-4f8f-9f6f-39921e5864df");
    return Response.json({ verdicts, isOnline });
  },
};
