import { prepareBatch } from "../../mod.ts";
import type { Contest } from "./contest.ts";
import type { PythonPeer } from "./python_peer.ts";

const CALLS = 10_000;
const ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";

/** Many small calls as the body that is posted. */
export async function batchContests(sdk: PythonPeer): Promise<Contest[]> {
  const tasks = Array.from(
    { length: CALLS },
    (_, index) => ({ functionId: ID, args: [index, "sample"], kwargs: { step: index / 7 } }),
  );
  const batch = { endpointId: ID, tasks };
  const body = await prepareBatch(batch);
  return [
    {
      name: `encode ${CALLS} calls`,
      contenders: [
        { name: "ours", run: async () => void JSON.stringify(await prepareBatch(batch)) },
        // The same arguments and the same body, without a thought for Python.
        { name: "JSON.stringify", run: () => void [JSON.stringify(tasks), JSON.stringify(body)] },
        { name: "Batch.add, prepare", run: () => sdk.run("encode_batch", { count: CALLS }) },
      ],
      goals: [{ than: "JSON.stringify", maxRatio: 2 }, { than: "Batch.add, prepare", maxRatio: 1 / 5 }],
    },
  ];
}
