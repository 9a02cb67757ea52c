/** Proves which address `createClient()` takes for each environment, and which addresses it refuses. */
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { accessToken, createClient, type Environment } from "../../mod.ts";

const authorizer = accessToken("token");

Deno.test("createClient() knows each environment by its name", () => {
  const expected: Record<Environment, string> = {
    production: "https://compute.api.globus.org",
    preview: "https://compute.api.preview.globus.org",
    dev: "https://api.dev.funcx.org",
    local: "http://localhost:5000",
    sandbox: "https://compute.api.sandbox.globuscs.info",
    test: "https://compute.api.test.globuscs.info",
    integration: "https://compute.api.integration.globuscs.info",
    staging: "https://compute.api.staging.globuscs.info",
  };
  for (const [environment, baseUrl] of Object.entries(expected)) {
    assertEquals(createClient({ authorizer, environment: environment as Environment }).baseUrl, baseUrl);
  }
});

Deno.test("createClient() talks to production unless told otherwise", () => {
  assertEquals(createClient({ authorizer }).baseUrl, "https://compute.api.globus.org");
});

for (const name of ["prod", "PRODUCTION", "", "constructor", "__proto__", "toString"]) {
  Deno.test(`createClient() refuses the environment '${name}'`, () => {
    const environment = name as Environment;
    const error = assertThrows(() => createClient({ authorizer, environment }), RangeError, `'${name}'`);
    assertEquals(error.message.includes("staging"), true);
  });
}

Deno.test("createClient() refuses both 'environment' and 'baseUrl'", () => {
  const baseUrl = "https://compute.example.org";
  assertThrows(() => createClient({ authorizer, environment: "local", baseUrl }), TypeError, "both");
});

for (
  const [baseUrl, expected] of [
    ["https://compute.example.org", "https://compute.example.org"],
    ["https://compute.example.org/", "https://compute.example.org"],
    ["https://compute.example.org/api//", "https://compute.example.org/api"],
    ["https://compute.example.org:8443/api", "https://compute.example.org:8443/api"],
    ["https://compute.example.org/?", "https://compute.example.org"],
    ["https://compute.example.org/api/#", "https://compute.example.org/api"],
    ["http://localhost:5000", "http://localhost:5000"],
    ["http://127.0.0.1:5000/", "http://127.0.0.1:5000"],
    ["http://127.8.9.10", "http://127.8.9.10"],
    ["http://[::1]:5000", "http://[::1]:5000"],
  ] as const
) {
  Deno.test(`createClient() takes ${baseUrl} for an address`, () => {
    assertEquals(createClient({ authorizer, baseUrl }).baseUrl, expected);
    assertEquals(createClient({ authorizer, baseUrl: new URL(baseUrl) }).baseUrl, expected);
  });
}

for (
  const [baseUrl, why] of [
    ["compute.example.org", "no URL"],
    ["", "no URL"],
    ["http://compute.example.org", "over HTTPS"],
    ["http://localhost.example.org", "over HTTPS"],
    ["http://127.0.0.1.example.org", "over HTTPS"],
    ["http://0.0.0.0:5000", "over HTTPS"],
    ["ftp://localhost", "over HTTPS"],
    ["file:///etc/passwd", "over HTTPS"],
    ["https://compute.example.org/?a=1", "no credentials, query or fragment"],
    ["https://compute.example.org/#top", "no credentials, query or fragment"],
    ["https://user@compute.example.org", "no credentials, query or fragment"],
    ["https://:hunter2@compute.example.org", "no credentials, query or fragment"],
  ] as const
) {
  Deno.test(`createClient() refuses '${baseUrl}' for an address`, () => {
    const error = assertThrows(() => createClient({ authorizer, baseUrl }), TypeError, why);
    assertEquals(error.message.includes("hunter2"), false);
  });
}

Deno.test("createClient() refuses plain HTTP to any host but this machine", () => {
  fc.assert(fc.property(fc.domain(), (host) => {
    assertThrows(() => createClient({ authorizer, baseUrl: `http://${host}` }), TypeError, "over HTTPS");
    assertEquals(createClient({ authorizer, baseUrl: `https://${host}` }).baseUrl, `https://${host}`);
  }));
});
