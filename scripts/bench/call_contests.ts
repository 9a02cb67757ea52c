import { accessToken, callFunction, createClient, registerSource } from "../../mod.ts";
import type { LocalService } from "../../src/local/mod.ts";
import type { Contest } from "./contest.ts";
import type { PythonPeer } from "./python_peer.ts";

const CALLS = 1_000;

/** Many calls at once, against one local service, which the SDK reaches on its own port alone. */
export async function callContests(sdk: PythonPeer, local: LocalService): Promise<Contest[]> {
  const { baseUrl, endpointId, accessToken: token } = local;
  const limiter = { acquire: () => Promise.resolve(), pause: () => {} }; // As the SDK: it has none.
  const client = createClient({ baseUrl, authorizer: accessToken(token), limiter });
  const functionId = await registerSource(client, { source: "def same(x):\n    return x\n" });
  const numbers = Array.from({ length: CALLS }, (_, n) => n);
  return [
    {
      name: `${CALLS} callFunction in one Promise.all`,
      contenders: [
        {
          name: "ours",
          run: async () =>
            void await Promise.all(
              numbers.map((n) => callFunction(client, { endpointId, functionId, args: [n] })),
            ),
        },
        {
          name: "Client.batch_run, polled",
          run: () =>
            sdk.run("call_many", { token, function_id: functionId, endpoint_id: endpointId, count: CALLS }),
        },
      ],
      goals: [{ than: "Client.batch_run, polled", maxRatio: 1 }],
    },
  ];
}
