/**
 * Environment variables become the options of the handler; what is missing or wrong is named without its
 * value.
 */
import { assertEquals, assertInstanceOf, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { memoryStore } from "../../../mod.ts";
import { readConfiguration } from "../../../edge/configuration.ts";
import { createEdgeHandler } from "../../../edge/handler.ts";
import { createHooks } from "../../../edge/hooks.ts";
import type { EdgeOptions } from "../../../edge/options.ts";
import { SettingsError } from "../../../edge/read_variables.ts";
import { KEY_1, KEY_2 } from "../stores/encrypted_stores.ts";

const ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";

/** All that is needed, and nothing else. */
const NEEDED: Record<string, string> = {
  EDGE_BASE_URL: "https://hooks.example.org/compute",
  EDGE_LINK_SECRETS: "a".repeat(32),
  GLOBUS_COMPUTE_CLIENT_ID: ID,
  GLOBUS_COMPUTE_CLIENT_SECRET: "s3cret-of-the-client",
  GITHUB_WEBHOOK_SECRETS: "s3cret-of-github",
  COMPUTE_ENDPOINT_ID: ID,
  COMPUTE_FUNCTION_ID: ID,
};

function read(env: Record<string, string | undefined>): EdgeOptions {
  return readConfiguration(env, createHooks, {
    store: memoryStore(),
    resolveAddresses: () => Promise.resolve([]),
  });
}

Deno.test("readConfiguration() takes what is needed, and leaves all else at its default", () => {
  const options = read({ ...NEEDED, EDGE_LINK_DAYS: "", UNKNOWN: "1" });
  createEdgeHandler(options);
  const { hooks, store: _, authorizer, resolveAddresses: __, ...rest } = options;
  assertEquals(rest, {
    baseUrl: "https://hooks.example.org/compute",
    linkSecrets: ["a".repeat(32)],
    service: {},
    allowPrivateAddresses: false,
  });
  assertEquals([Object.keys(hooks), typeof authorizer], [["push"], "function"]);
});

Deno.test("readConfiguration() takes all that can be set", () => {
  const options = read({
    ...NEEDED,
    EDGE_LINK_SECRETS: ` ${"b".repeat(32)}, ${"c".repeat(40)}\n`,
    EDGE_ENCRYPTION_KEYS: `${KEY_1} ${KEY_2}\n`,
    EDGE_OPERATOR_TOKENS: "token-of-an-operator token-of-another-one",
    EDGE_LINK_DAYS: "2",
    EDGE_RETENTION_DAYS: "30",
    EDGE_MAX_BODY_BYTES: "2000000",
    EDGE_MAX_REQUESTS_PER_10S: "200",
    EDGE_ALLOW_PRIVATE_ADDRESSES: "true",
    GLOBUS_SDK_SERVICE_URL_COMPUTE: "http://127.0.0.1:5000",
    GLOBUS_SDK_SERVICE_URL_AUTH: "http://127.0.0.1:5000",
    RESULTS_URL: "https://lab.example.org/results",
    RESULTS_SECRET: `whsec_${btoa("x".repeat(32))}`,
    GITHUB_TOKEN: "ghp_1",
  });
  createEdgeHandler(options);
  const {
    linkSecrets,
    encrypt,
    linkLifetimeSeconds,
    retentionMs,
    service,
    allowPrivateAddresses,
    limits,
    operator,
    hooks,
  } = options;
  const rest = {
    linkSecrets,
    encrypt,
    linkLifetimeSeconds,
    retentionMs,
    service,
    allowPrivateAddresses,
    limits,
  };
  assertEquals(rest, {
    linkSecrets: ["b".repeat(32), "c".repeat(40)],
    encrypt: [KEY_1, KEY_2],
    linkLifetimeSeconds: 172_800,
    retentionMs: 2_592_000_000,
    service: { baseUrl: "http://127.0.0.1:5000", maxRequestsPer10s: 200 },
    allowPrivateAddresses: true,
    limits: { maxBodyBytes: 2_000_000 },
  });
  assertEquals(typeof operator, "function");
  assertEquals(hooks.push?.deliver?.url, "https://lab.example.org/results");
  assertEquals(hooks.push?.commitStatus?.token, "ghp_1");
  assertEquals(read({ ...NEEDED, GLOBUS_SDK_ENVIRONMENT: "preview" }).service, { environment: "preview" });
});

Deno.test("readConfiguration() names all that is missing, in one line", () => {
  const error = assertThrows(() => read({}), SettingsError);
  assertEquals(
    error.message,
    "Cannot start: EDGE_BASE_URL is not set; EDGE_LINK_SECRETS is not set; Cannot find credentials: set GLOBUS_COMPUTE_CLIENT_ID and GLOBUS_COMPUTE_CLIENT_SECRET, or GLOBUS_COMPUTE_ACCESS_TOKEN; GITHUB_WEBHOOK_SECRETS is not set; COMPUTE_ENDPOINT_ID is not set; COMPUTE_FUNCTION_ID is not set",
  );
  for (const name of Object.keys(NEEDED)) {
    const { message } = assertThrows(() => read({ ...NEEDED, [name]: "" }), TypeError);
    assertStringIncludes(message, name);
    assertMatch(message, /^Cannot start: [^\n]+$/);
  }
});

Deno.test("readConfiguration() names what is of no use, without what is in it", () => {
  const wrong: Record<string, string> = {
    EDGE_BASE_URL: "http://hooks.example.org",
    EDGE_LINK_SECRETS: `${"a".repeat(32)} too-short-t0ken`,
    EDGE_ENCRYPTION_KEYS: `${KEY_1} t0ken${KEY_2}`,
    EDGE_OPERATOR_TOKENS: "too-short-t0ken",
    EDGE_LINK_DAYS: "0",
    EDGE_RETENTION_DAYS: "-1",
    EDGE_MAX_BODY_BYTES: "25MB",
    EDGE_MAX_REQUESTS_PER_10S: "many",
    EDGE_ALLOW_PRIVATE_ADDRESSES: "yes",
    GLOBUS_SDK_SERVICE_URL_COMPUTE: "http://compute.example.org",
    GLOBUS_SDK_ENVIRONMENT: "moon",
    GLOBUS_SDK_SERVICE_URL_AUTH: "http://auth.example.org",
    GITHUB_WEBHOOK_SECRETS: "t0ken",
    COMPUTE_ENDPOINT_ID: "the endpoint",
    COMPUTE_FUNCTION_ID: "the function",
    RESULTS_URL: "lab",
    RESULTS_SECRET: "t0ken-that-signs",
  };
  for (const [name, value] of Object.entries(wrong)) {
    const { message } = assertThrows(() => createEdgeHandler(read({ ...NEEDED, [name]: value })), Error);
    assertStringIncludes(message, name);
    assertEquals([message.includes("t0ken"), message.includes("\n")], [false, false], message);
  }
  const more = ["https://user:pass@hooks.example.org", "https://hooks.example.org?x", "hooks.example.org"];
  for (const EDGE_BASE_URL of more) {
    assertThrows(() => read({ ...NEEDED, EDGE_BASE_URL }), TypeError, "EDGE_BASE_URL must be");
  }
  for (const EDGE_ENCRYPTION_KEYS of [KEY_1.slice(1), KEY_1.slice(0, -1), "a".repeat(64)]) {
    assertThrows(
      () => read({ ...NEEDED, EDGE_ENCRYPTION_KEYS }),
      TypeError,
      "must be 32 bytes in base64 each",
    );
  }
  assertThrows(() => read({ ...NEEDED, EDGE_OPERATOR_TOKENS: "{".repeat(20) }), TypeError, "EDGE_OPERATOR_");
  assertThrows(
    () => read({ ...NEEDED, RESULTS_URL: "https://lab.example.org" }),
    TypeError,
    "RESULTS_URL and RESULTS_SECRET go together",
  );
  const all = assertThrows(() => read({ ...NEEDED, ...wrong }));
  assertInstanceOf(all, SettingsError);
  assertEquals(all.problems.length, 17, all.message);
});
