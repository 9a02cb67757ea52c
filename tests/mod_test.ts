/**
 * The main entry exports what it says, each error can be told apart, and the version is that of the
 * manifest.
 */
import { assertEquals, assertInstanceOf } from "@std/assert";
import * as globus from "../mod.ts";
import manifest from "../deno.json" with { type: "json" };
import { VERSION } from "../src/version.ts";

Deno.test("mod.ts exports these values, and no others", () => {
  assertEquals(Object.keys(globus).sort(), [
    "COMPATIBLE_SDK_VERSION",
    "ComputeAuthorizationError",
    "ComputeDecodeError",
    "ComputeEncodeError",
    "ComputeError",
    "ComputeHttpError",
    "ComputeNetworkError",
    "ComputeSubmissionError",
    "ComputeTaskError",
    "ComputeTimeoutError",
    "TaskPendingError",
    "accessToken",
    "asCompleted",
    "batchRun",
    "batchRunJournaled",
    "callFunction",
    "checkVersion",
    "checkedStore",
    "clientCredentials",
    "createClient",
    "deleteEndpoint",
    "deleteFunction",
    "dependentToken",
    "fromEnvironment",
    "frozenset",
    "getAllowedFunctions",
    "getBatchResult",
    "getEndpointMetadata",
    "getEndpointStatus",
    "getEndpoints",
    "getFunction",
    "getResult",
    "getTask",
    "getTaskGroup",
    "getWorkerHardwareDetails",
    "jwt",
    "jwtExchange",
    "logout",
    "mapFunction",
    "memoryStore",
    "prepareBatch",
    "pythonTypeOf",
    "rateLimiter",
    "refreshToken",
    "registerEndpoint",
    "registerFunction",
    "registerShell",
    "registerSource",
    "runTask",
    "shellResult",
    "stopEndpoint",
    "systemClock",
    "tuple",
    "waitForBatch",
  ]);
});

Deno.test("every error class has a name of its own, and a code that tells it apart", () => {
  const errors = [
    new globus.ComputeAuthorizationError("no"),
    new globus.ComputeDecodeError("no", { raw: "" }),
    new globus.ComputeHttpError("no", { status: 500 }),
    new globus.ComputeNetworkError("no"),
    new globus.ComputeSubmissionError("no", { ambiguous: true }),
    new globus.ComputeTaskError("no", { taskId: "", type: "", message: "", frames: [], traceback: "" }),
    new globus.ComputeTimeoutError("no", { timeoutMs: 1 }),
    new globus.TaskPendingError("no", { taskId: "", status: "" }),
  ];
  for (const error of errors) {
    assertInstanceOf(error, globus.ComputeError);
    assertEquals(error.name, error.constructor.name);
    assertEquals("getResponse" in error, false); // Hono would take it for a response.
  }
  assertEquals(new Set(errors.map(({ code }) => code)).size, errors.length);
  const encode = new globus.ComputeEncodeError("no", { path: "args[0]" });
  assertInstanceOf(encode, TypeError);
  assertEquals([encode.name, encode.code, encode.path], [
    "ComputeEncodeError",
    "ERR_COMPUTE_ENCODE",
    "args[0]",
  ]);
});

Deno.test("VERSION is the version of the manifest", () => {
  assertEquals(VERSION, manifest.version);
});
