/** Proves which authorizer `fromEnvironment()` takes from environment variables, and what it says without them. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { env as processEnv } from "node:process";
import { ComputeAuthorizationError, fromEnvironment } from "../../mod.ts";
import { ask, oauthError, setUpAuth, shown, TOKEN } from "./auth_helpers.ts";

const ID = { GLOBUS_COMPUTE_CLIENT_ID: "id-1" };
const SECRET = { GLOBUS_COMPUTE_CLIENT_SECRET: "s3cret-0" };
const ACCESS = { GLOBUS_COMPUTE_ACCESS_TOKEN: "from-env" };

Deno.test("fromEnvironment() prefers a client with its secret", async () => {
  const { connect, fetch, bearers } = setUpAuth();
  await ask(connect(fromEnvironment({ ...ID, ...SECRET, ...ACCESS })));
  assertEquals(fetch.sent[0]?.headers.get("authorization"), `Basic ${btoa("id-1:s3cret-0")}`);
  assertEquals(bearers(), ["token-1"]);
});

Deno.test("fromEnvironment() takes an access token where there is no secret", async () => {
  for (const env of [ACCESS, { ...ACCESS, ...ID }, { ...ACCESS, GLOBUS_COMPUTE_CLIENT_SECRET: "" }]) {
    const { connect, bearers, good } = setUpAuth();
    good.add("from-env");
    await ask(connect(fromEnvironment(env)));
    assertEquals(bearers(), ["from-env"]);
  }
});

Deno.test("fromEnvironment() says what is missing", () => {
  const nothing = assertThrows(() => fromEnvironment({}), TypeError);
  for (const name of Object.keys({ ...ID, ...SECRET, ...ACCESS })) {
    assertStringIncludes(nothing.message, name);
  }
  assertThrows(() => fromEnvironment({ GLOBUS_COMPUTE_CLIENT_ID: "" }), TypeError, "Cannot find credentials");
  assertThrows(() => fromEnvironment(ID), TypeError, "storedLogin()");
  for (const env of [SECRET, { ...SECRET, ...ACCESS }]) {
    const error = assertThrows(() => fromEnvironment(env), TypeError, "GLOBUS_COMPUTE_CLIENT_ID");
    assertEquals(shown(error).includes("s3cret"), false);
  }
});

Deno.test("fromEnvironment() asks the authorization server of the environment", async () => {
  for (
    const [env, origin] of [
      [{}, "https://auth.globus.org"],
      [{ GLOBUS_SDK_ENVIRONMENT: "" }, "https://auth.globus.org"],
      [{ GLOBUS_SDK_ENVIRONMENT: "preview" }, "https://auth.preview.globus.org"],
      [{ GLOBUS_SDK_ENVIRONMENT: "sandbox" }, "https://auth.sandbox.globuscs.info"],
      [
        { GLOBUS_SDK_ENVIRONMENT: "x", GLOBUS_SDK_SERVICE_URL_AUTH: "http://127.0.0.1:5000/" },
        "http://127.0.0.1:5000",
      ],
    ] as const
  ) {
    const { connect, fetch } = setUpAuth();
    await ask(connect(fromEnvironment({ ...ID, ...SECRET, ...env })));
    assertEquals(fetch.sent[0]?.url.origin, origin);
  }
  const unknown = { ...ID, ...SECRET, GLOBUS_SDK_ENVIRONMENT: "toString" };
  assertThrows(() => fromEnvironment(unknown), RangeError, "Unknown GLOBUS_SDK_ENVIRONMENT 'toString'");
});

Deno.test("fromEnvironment() names the variables when the client is unknown", async () => {
  const { connect, fetch } = setUpAuth();
  fetch.queue(TOKEN, oauthError("invalid_client", undefined, 401)());
  await assertRejects(
    () => ask(connect(fromEnvironment({ ...ID, ...SECRET }))),
    ComputeAuthorizationError,
    "client 'id-1' (GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET)",
  );
});

Deno.test("fromEnvironment() takes what each runtime has", () => {
  const worker: { STORE: object; GLOBUS_COMPUTE_ACCESS_TOKEN: string } = { STORE: {}, ...ACCESS };
  fromEnvironment(worker);
  for (const env of [processEnv, Deno.env.toObject()]) fromEnvironment({ ...env, ...ACCESS });
  const typed: Parameters<typeof fromEnvironment>[0][] = [processEnv, Deno.env.toObject()];
  assertEquals(typed.length, 2);
});
