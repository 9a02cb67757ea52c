/** Proves that `userRuntime` is sent as an endpoint takes it, and what it refuses. */
import { assertEquals, assertThrows } from "@std/assert";
import type { UserRuntime } from "../../mod.ts";
import { loadParts } from "../../src/wire/on_demand.ts";
import { encodeSubmitBody } from "../../src/wire/submit_body.ts";

await loadParts();

const ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";

function encode(userRuntime: UserRuntime): unknown {
  return encodeSubmitBody({ endpointId: ID, tasks: [{ functionId: ID }], userRuntime }).user_runtime;
}

Deno.test("userRuntime with a Python version asks for three numbers, as an endpoint's uv takes them", () => {
  const python = (version: string, ...versionTuple: number[]) => ({
    python: { version, version_tuple: versionTuple, version_info: [...versionTuple, "final", 0] },
  });
  assertEquals(encode({ python: "3.12" }), python("3.12.7", 3, 12, 7));
  assertEquals(encode({ python: "3.12.4" }), python("3.12.4", 3, 12, 4));
  assertEquals(encode({ python: "3.10" }), python("3.10.14", 3, 10, 14));
  assertEquals(encode({ python: "3.11" }), python("3.11.9", 3, 11, 9)); // there is no build of 3.11.0
  assertEquals(encode({ python: "3.13.0" }), python("3.13.0", 3, 13, 0));
  assertEquals(encode({ python: "3.15" }), python("3.15.0", 3, 15, 0));
});

Deno.test("userRuntime sends the Python client's whole object", () => {
  const full: UserRuntime = {
    globusComputeSdkVersion: "4.19.0",
    globusSdkVersion: "4.9.1",
    pythonVersion: "3.12.7 (main) [GCC 13.2.0]",
    python: {
      version: "3.12.7",
      versionDescription: "3.12.7 (main) [GCC 13.2.0]",
      versionTuple: [3, 12, 7],
      versionInfo: [3, 12, 7, "final", 0],
      implementation: "CPython",
      compiler: "GCC 13.2.0",
    },
    platform: {
      architecture: ["64bit", "ELF"],
      machine: "x86_64",
      node: "login03",
      platform: "Linux-6.8.0-45-generic-x86_64-with-glibc2.39",
      processor: "x86_64",
      release: "6.8.0-45-generic",
    },
  };
  assertEquals(encode(full), {
    globus_compute_sdk_version: "4.19.0",
    globus_sdk_version: "4.9.1",
    python_version: "3.12.7 (main) [GCC 13.2.0]",
    python: {
      version: "3.12.7",
      version_description: "3.12.7 (main) [GCC 13.2.0]",
      version_tuple: [3, 12, 7],
      version_info: [3, 12, 7, "final", 0],
      implementation: "CPython",
      compiler: "GCC 13.2.0",
    },
    platform: {
      architecture: ["64bit", "ELF"],
      machine: "x86_64",
      node: "login03",
      platform: "Linux-6.8.0-45-generic-x86_64-with-glibc2.39",
      processor: "x86_64",
      release: "6.8.0-45-generic",
    },
  });
});

Deno.test("userRuntime is left out where it says nothing, and has an SDK version only when one is given", () => {
  assertEquals(encode({}), undefined);
  assertEquals(Object.keys(encode({ python: "3.12" }) as object), ["python"]);
  assertEquals(encode({ globusComputeSdkVersion: "4.10.0" }), { globus_compute_sdk_version: "4.10.0" });
  const tasks = [{ functionId: ID }];
  assertEquals("user_runtime" in encodeSubmitBody({ endpointId: ID, tasks }), false);
  const body = encodeSubmitBody({
    endpointId: ID,
    tasks,
    userRuntime: { python: "3.12" },
    userEndpointConfig: { requirements: "numpy>=2\nscipy" },
  });
  assertEquals(body.user_endpoint_config, { requirements: "numpy>=2\nscipy" });
});

Deno.test("userRuntime refuses what would keep a user endpoint from starting", () => {
  for (const python of ["3", "3.9", "2.7", "3.16.0a2", "latest", ">=3.12", "3.12; rm -rf /", ""]) {
    assertThrows(() => encode({ python }), RangeError, "'userRuntime.python'");
  }
  for (const version of ["ts-0.1", "4.20.0.dev1", "4.19.0+local", "4.9.0", "3.1", "0.1.0", ""]) {
    assertThrows(() => encode({ globusComputeSdkVersion: version }), RangeError, "globusComputeSdkVersion");
  }
  const untyped: [runtime: unknown, path: string][] = [
    [null, "userRuntime"],
    ["3.12", "userRuntime"],
    [{ python: null }, "userRuntime.python"],
    [{ python: [3, 12] }, "userRuntime.python"],
    [{ python: 3.12 }, "userRuntime.python"],
    [{ python: { version: null } }, "userRuntime.python.version"],
    [{ python: { versionTuple: [3, 12] } }, "userRuntime.python.versionTuple"],
    [{ python: { versionTuple: [3, 12, "7"] } }, "userRuntime.python.versionTuple"],
    [{ globusComputeSdkVersion: null }, "userRuntime.globusComputeSdkVersion"],
  ];
  for (const [runtime, path] of untyped) {
    assertThrows(() => encode(runtime as UserRuntime), TypeError, `'${path}'`);
  }
});
