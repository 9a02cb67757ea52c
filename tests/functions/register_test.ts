/** Proves where the functions that register put each option, what they refuse, and what they warn of. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  COMPATIBLE_SDK_VERSION,
  ComputeDecodeError,
  ComputeEncodeError,
  ComputeHttpError,
  type ComputeWarning,
  registerFunction,
  registerShell,
  registerSource,
  type ShellRegistration,
} from "../../mod.ts";
import { Refusal, scriptedService } from "../support/scripted_service.ts";

const ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";
const GROUP = "64d1a80c-5e97-4b3f-92ec-0a8f7c36d5b1";
const ANSWER = { function_uuid: ID };
const SOURCE = "def f():\n    return 1\n";
const CODE = "5\n01\ngA";

Deno.test("registerSource() says no more than it is told", async () => {
  using service = scriptedService([ANSWER]);
  assertEquals(await registerSource(service.client, { source: SOURCE }), ID);
  const [sent] = service.seen;
  assertEquals(sent?.call, "POST /v3/functions");
  assertEquals(sent?.body, {
    function_name: "f",
    function_code: `27\nst\nf:${SOURCE}`,
    serialized: true,
    meta: { python_version: "3.10.0", sdk_version: COMPATIBLE_SDK_VERSION, serde_identifier: "st" },
  });
});

Deno.test("the functions that register put each option in its place", async () => {
  using service = scriptedService(Array(6).fill(ANSWER));
  const { client, seen } = service;
  const shared = {
    description: "what it does",
    group: GROUP.toUpperCase(),
    public: true,
    metadata: { pythonVersion: "3.12.7", sdkVersion: "4.18.0" },
  };
  const secret = { haEndpointId: ID, public: false };
  for (const options of [shared, secret]) {
    await registerSource(client, { source: SOURCE, ...options });
    await registerFunction(client, { code: CODE, name: "f", ...options });
    await registerShell(client, { command: "true", name: "f", ...options });
  }
  const identifiers = ["st", "01", "st"];
  seen.forEach(({ body }, index) => {
    const { function_code, meta, ...rest } = body as Record<string, unknown> & { meta: object };
    const common = { function_name: "f", serialized: true };
    const serde_identifier = identifiers[index % 3];
    assertStringIncludes(String(function_code), `\n${serde_identifier}\n`);
    if (index < 3) {
      assertEquals(rest, { ...common, description: "what it does", public: true, group: GROUP });
      assertEquals<unknown>(meta, { python_version: "3.12.7", sdk_version: "4.18.0", serde_identifier });
    } else assertEquals(rest, { ...common, ha_endpoint_id: ID });
  });
});

Deno.test("the functions that register refuse options that exclude each other, and ids that are none", async () => {
  using service = scriptedService([]);
  const { client } = service;
  for (const options of [{ haEndpointId: ID, public: true }, { haEndpointId: ID, group: GROUP }]) {
    await assertRejects(
      () => registerSource(client, { source: SOURCE, ...options }),
      TypeError,
      "'haEndpointId'",
    );
    await assertRejects(() => registerFunction(client, { code: CODE, name: "f", ...options }), TypeError);
    await assertRejects(() => registerShell(client, { command: "true", ...options }), TypeError);
  }
  await assertRejects(() => registerSource(client, { source: SOURCE, group: "g" }), RangeError, "'group'");
  await assertRejects(() => registerSource(client, { source: SOURCE, haEndpointId: "e" }), RangeError);
  assertEquals(service.seen, []);
});

Deno.test("registerFunction() takes packed code alone, its length in code points", async () => {
  using service = scriptedService([ANSWER]);
  const { client } = service;
  for (const code of ["", "01\ngA", "6\n01\ngA", "4\n01\ngA", "5\n01gA\n", `${CODE}${CODE}`, SOURCE, 7]) {
    await assertRejects(
      () => registerFunction(client, { code: code as string, name: "f" }),
      TypeError,
      "'code'",
    );
  }
  await assertRejects(() => registerFunction(client, { code: CODE, name: "" }), TypeError, "'name'");
  await registerFunction(client, { code: "9\nst\nf:'😀'\n", name: "f" });
});

Deno.test("the functions that register pass the service's refusal on, and miss no id in the answer", async () => {
  using service = scriptedService([new Refusal(413, "FUNCTION_TOO_LARGE"), {}, null]);
  const register = () => registerSource(service.client, { source: SOURCE });
  const error = await assertRejects(register, ComputeHttpError);
  assertEquals([error.status, error.serviceCode], [413, "FUNCTION_TOO_LARGE"]);
  await assertRejects(register, ComputeDecodeError, "'function_uuid'");
  await assertRejects(register, ComputeDecodeError, "'function_uuid'");
});

Deno.test("onWarning is told of ha_warning, and what it throws reaches nobody", async () => {
  const warnings: ComputeWarning[] = [];
  const answer = { ...ANSWER, ha_warning: "Protected data" };
  using service = scriptedService([answer, ANSWER], { onWarning: (warning) => void warnings.push(warning) });
  await registerSource(service.client, { source: SOURCE });
  await registerSource(service.client, { source: SOURCE, description: "Another registration." });
  assertEquals(warnings, [{ kind: "highAssurance", message: "Protected data" }]);

  const throwing = () => {
    throw new Error("of the callback");
  };
  for (const onWarning of [throwing, () => Promise.reject(new Error("later")), undefined]) {
    using other = scriptedService([answer], onWarning === undefined ? {} : { onWarning });
    assertEquals(await registerSource(other.client, { source: SOURCE }), ID);
  }
});

Deno.test("registerShell() writes an instance of the SDK's class as source", async () => {
  const cases: [registration: ShellRegistration, made: string][] = [
    [{ command: "echo hi {name}" }, 'ShellFunction("echo hi {name}", return_dict=True)'],
    [
      {
        command: 'a\n"b" \\ é😀',
        walltimeSeconds: 1.5,
        snippetLines: 20,
        stdoutFile: "out/log",
        stderrFile: "err",
      },
      'ShellFunction("a\\n\\"b\\" \\\\ \\u00e9\\U0001f600", stdout="out/log", stderr="err", walltime=1.5, ' +
      "snippet_lines=20, return_dict=True)",
    ],
    [{ command: "./solver", mpi: true }, 'MPIFunction("./solver", return_dict=True)'],
  ];
  for (const [registration, made] of cases) {
    using service = scriptedService([ANSWER]);
    assertEquals(await registerShell(service.client, registration), ID);
    const name = made.slice(0, made.indexOf("("));
    const code = `st\nrun:from globus_compute_sdk import ${name}\nrun = ${made}\n`;
    const { function_code, function_name } = service.seen[0]?.body as Record<string, unknown>;
    assertEquals([function_name, function_code], ["shell", `${code.length}\n${code}`]);
  }
});

Deno.test("registerShell() refuses what no shell would run", async () => {
  using service = scriptedService([]);
  const refuse = (registration: unknown, type: typeof TypeError | typeof RangeError, text: string) =>
    assertRejects(() => registerShell(service.client, registration as ShellRegistration), type, text);
  await refuse({}, TypeError, "'command'");
  await refuse({ command: "" }, TypeError, "'command'");
  await refuse({ command: ["ls"] }, TypeError, "'command'");
  await refuse({ command: "ls", stdoutFile: "" }, TypeError, "'stdoutFile'");
  await refuse({ command: "ls", stderrFile: 2 }, TypeError, "'stderrFile'");
  await refuse({ command: "ls", name: "" }, TypeError, "'name'");
  for (const walltimeSeconds of [0, -1, NaN, Infinity, "60"]) {
    const kind = typeof walltimeSeconds === "number" ? RangeError : TypeError;
    await refuse({ command: "ls", walltimeSeconds }, kind, "'walltimeSeconds'");
  }
  for (const snippetLines of [0, -1, 1.5, "10"]) {
    const kind = typeof snippetLines === "number" ? RangeError : TypeError;
    await refuse({ command: "ls", snippetLines }, kind, "'snippetLines'");
  }
  await assertRejects(() => registerShell(service.client, { command: "\ud83d" }), ComputeEncodeError);
});
