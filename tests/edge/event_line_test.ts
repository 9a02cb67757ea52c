/** An event of the handler is one line of JSON, with what is needed of an error. */
import { assertEquals } from "@std/assert";
import { eventLine } from "../../edge/event_line.ts";
import { ComputeHttpError } from "../../mod.ts";

Deno.test("eventLine() tells of an error its code and the service's request id, in a line", () => {
  const error = new ComputeHttpError("POST /v2/batch_status failed:\n500", {
    status: 500,
    requestId: "request-1",
  });
  const { time, ...rest } = JSON.parse(eventLine({ kind: "collectFailed", batchIds: ["b1"], error }));
  assertEquals(new Date(time).toISOString(), time);
  const message = "POST /v2/batch_status failed: 500";
  const told = { name: "ComputeHttpError", message, code: "ERR_COMPUTE_HTTP", requestId: "request-1" };
  assertEquals(rest, { kind: "collectFailed", batchIds: ["b1"], error: told });
});

Deno.test("eventLine() tells of what else was thrown its name and its message, cut", () => {
  const { error } = JSON.parse(eventLine({ kind: "collectFailed", batchIds: [], error: "x".repeat(1_000) }));
  assertEquals(error, { name: "Error", message: "x".repeat(500) });
});
