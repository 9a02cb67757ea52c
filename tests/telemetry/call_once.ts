/** Run by Deno with its own OpenTelemetry: registers a function at the local service, over HTTP. */
import { accessToken, createClient, registerSource } from "../../mod.ts";
import { startLocalService } from "../../src/local/mod.ts";

await using local = await startLocalService({ functions: {} });
const client = createClient({ baseUrl: local.baseUrl, authorizer: accessToken(local.accessToken) });
await registerSource(client, { source: "def nothing():\n    pass\n" });
