/** Proves where a submission puts each option, and that it tells of the service's warnings. */
import { assertEquals } from "@std/assert";
import { batchRun, type ComputeWarning, runTask, type SubmitOptions } from "../../mod.ts";
import { json } from "../support/observed_fetch.ts";
import { scriptedService } from "../support/scripted_service.ts";

const ID = "0f6a1d92-83be-4c57-b1f0-6e2d9a45c718";
const FUNCTION = "5b1f3c84-7d0a-4e52-9c16-2f8e40a7b6d3";
const ANSWER = { request_id: ID, task_group_id: ID, endpoint_id: ID, tasks: { [FUNCTION]: [ID] } };
const SUBMIT = `POST /v3/endpoints/${ID}/submit`;

Deno.test("runTask() and batchRun() put each option of a submission in its place", async () => {
  // The group is looked at before each submission, to tell what is new there if the answer is lost.
  using service = scriptedService([]);
  service.fetch.always(`GET /v2/taskgroup/${ID}`, () => json({ taskgroup_id: ID, tasks: [] }));
  service.fetch.always(SUBMIT, () => json(ANSWER));
  const options: SubmitOptions = {
    taskGroupId: ID.toUpperCase(),
    resourceSpecification: { numNodes: 2, ranksPerNode: 4, numRanks: 8, launcherOptions: "--cpu-bind cores" },
    userEndpointConfig: { requirements: "numpy", workerInit: 1 },
    userRuntime: { python: "3.12.4" },
    createQueue: true,
    resultSerializers: ["pickle", "a.b.Strategy"],
  };
  await runTask(service.client, { endpointId: ID, functionId: FUNCTION, ...options });
  await batchRun(service.client, { endpointId: ID, tasks: [{ functionId: FUNCTION }], ...options });
  const submissions = service.seen.filter(({ call }) => call === SUBMIT);
  assertEquals(submissions.length, 2);
  for (const { body } of submissions) {
    assertEquals(body, {
      task_group_id: ID,
      create_queue: true,
      resource_specification: {
        num_nodes: 2,
        ranks_per_node: 4,
        num_ranks: 8,
        launcher_options: "--cpu-bind cores",
      },
      user_endpoint_config: { requirements: "numpy", workerInit: 1 },
      user_runtime: {
        python: { version: "3.12.4", version_tuple: [3, 12, 4], version_info: [3, 12, 4, "final", 0] },
      },
      result_serializers: ["globus_compute_sdk.serialize.DillDataBase64", "a.b.Strategy"],
      tasks: { [FUNCTION]: ["5\n11\n[]5\n11\n{}"] },
    });
  }
});

Deno.test("onWarning is told of the ha_warning of a submission", async () => {
  const warnings: ComputeWarning[] = [];
  const onWarning = (warning: ComputeWarning) => {
    warnings.push(warning);
    throw new Error("of the callback");
  };
  using service = scriptedService(
    [{ ...ANSWER, ha_warning: "Protected data" }, {
      ...ANSWER,
      ha_warning: null,
    }],
    { onWarning },
  );
  service.fetch.always(`GET /v2/endpoints/${ID}/status`, () => json({ status: "online" }));
  for (let i = 0; i < 2; i++) {
    assertEquals(await runTask(service.client, { endpointId: ID, functionId: FUNCTION }), ID);
  }
  assertEquals(warnings, [{ kind: "highAssurance", message: "Protected data" }]);
});
