/** Run by workerd: its requests share an authorizer and a cache, and each has a client of its own. */
import {
  type Authorizer,
  clientCredentials,
  createClient,
  getEndpointStatus,
  memoryStore,
} from "../../mod.ts";
import type { World } from "./auth_world.ts";

const cache = memoryStore();
let authorizer: Authorizer | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    const world = await request.json() as Pick<
      World,
      "baseUrl" | "issuer" | "clientId" | "clientSecret" | "endpointId"
    >;
    const { issuer, clientId, clientSecret } = world;
    authorizer ??= clientCredentials({ issuer, clientId, clientSecret, cache });
    const client = createClient({ baseUrl: world.baseUrl, authorizer });
    return new Response((await getEndpointStatus(client, world.endpointId, { timeoutMs: 20_000 })).status);
  },
};
