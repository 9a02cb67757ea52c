/**
 * What every exported function promises a caller who has no types: without arguments it names what is missing, and each
 * type of options refuses a value of the wrong kind, one out of its range, and a key that it does not have. The functions
 * and the types are read from the documentation of the entries: one that is new fails here until it is in the table.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as client from "../mod.ts";
import * as edge from "../edge/mod.ts";
import * as cli from "../src/cli/mod.ts";
import * as local from "../src/local/mod.ts";
import * as login from "../src/login/mod.ts";
import * as sqlite from "../src/store/sqlite_store.ts";
import * as values from "../src/wire/values/mod.ts";
import { ManualClock } from "./support/manual_clock.ts";
import { ENDPOINT_ID, id, setUp } from "./support/task_helpers.ts";

const ROOT = new URL("../", import.meta.url);
const ENTRIES: Record<string, Record<string, unknown>> = {
  "mod.ts": client,
  "src/wire/values/mod.ts": values,
  "edge/mod.ts": edge,
  "src/local/mod.ts": local,
  "src/store/sqlite_store.ts": sqlite,
  "src/login/mod.ts": login,
  "src/cli/mod.ts": cli,
};

/** What a call comes to: what it returns, or what it throws, at once or later. */
async function outcomeOf(call: () => unknown): Promise<{ error?: unknown; value?: unknown }> {
  try {
    let value = await call();
    if (Symbol.asyncIterator in Object(value)) value = await (value as AsyncGenerator).next();
    return { value };
  } catch (error) {
    return { error };
  }
}

/** Functions that need nothing. */
const WITHOUT_ARGUMENTS = new Set([
  "createLocalService",
  "frozenset", // As Python's, it is empty.
  "fromEnvironment", // It says which variables are missing.
  "memoryStore",
  "rateLimiter",
  "startLocalService", // It starts processes.
  "endLogin",
  "whoIsLoggedIn",
  "storedLogin",
  "tuple",
  "pythonTypeOf",
  "main",
]);

for (const [entry, exports] of Object.entries(ENTRIES)) {
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value !== "function" || /^class\s/.test(String(value)) || WITHOUT_ARGUMENTS.has(name)) {
      continue;
    }
    Deno.test(`${name}() of ${entry} names what is missing when it is called without arguments`, async () => {
      const { error } = await outcomeOf(() => value());
      assert(error instanceof TypeError, `${name}() came to ${error}`);
      assertEquals(/undefined|destructure|null|is not/.test(error.message), false, error.message);
      assert(/'|client|token|verifier/.test(error.message), error.message);
    });
  }
}

Deno.test("fromEnvironment() reads the environment of the runtime, and names the variables that are missing", () => {
  const program = (given: Record<string, string>) => {
    const source = `import { fromEnvironment } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};
      try { console.log((await fromEnvironment().identify()).clientId); } catch (error) { console.log(String(error)); }`;
    const { stdout } = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", source],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", ...given },
    }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  };
  const given = { GLOBUS_COMPUTE_CLIENT_ID: "some-client", GLOBUS_COMPUTE_CLIENT_SECRET: "some-secret" };
  assertEquals(program(given), "some-client");
  assertStringIncludes(program({}), "TypeError: Cannot find credentials: set GLOBUS_COMPUTE_CLIENT_ID");
});

/** How a type of options is used, and what it refuses. */
interface Row {
  /** Calls what takes it, with options that are in order but for these. */
  use(change: Record<string, unknown>): unknown;
  /** An option with a value of the wrong kind. */
  wrongKind: Record<string, unknown>;
  /** Each number that it has, with values out of its range. */
  outOfRange?: Record<string, readonly number[]>;
  /** What passes on keys that it does not know: these are the service's. */
  isOpen?: true;
}

const clock = new ManualClock();
const UUID = id(1);
const own = () => setUp().client;
const CLIENT = { authorizer: (request: Request) => request, baseUrl: "https://compute.example.org" };
const TASK = { endpointId: ENDPOINT_ID, functionId: UUID };
const BATCH = { endpointId: ENDPOINT_ID, tasks: [{ functionId: UUID }] };
const JWT = {
  key: new Uint8Array(32).fill(7),
  algorithm: "HS256" as const,
  issuer: "https://issuer.example.org",
  audience: "https://compute.example.org",
};
const SECRETS = ["a secret that is long enough for any of them"];
const WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HMAC = {
  header: "x-signature",
  signed: "{x-time}.{body}",
  timestampHeader: "x-time",
  encoding: "hex",
  algorithm: "SHA-256",
  secrets: SECRETS,
};
const FORM = {
  header: "x-signature",
  separator: ",",
  timestampField: "t",
  signatureField: "s",
  signed: "{timestamp}{body}",
};
const HOOK = {
  verify: edge.github({ secrets: SECRETS }),
  endpoints: [ENDPOINT_ID],
  functions: [UUID],
  batch: () => undefined,
};
const EDGE = {
  hooks: { push: HOOK },
  baseUrl: "https://hooks.example.org",
  store: client.memoryStore(),
  linkSecrets: SECRETS,
  authorizer: CLIENT.authorizer,
  allowPrivateAddresses: true,
};
const LOGIN = { clientId: "id", identity: { sub: "s", username: "u" }, accessToken: "t", scope: "s" };
// Values of the wrong kind, and keys that are unknown: what no type lets through.
// deno-lint-ignore no-explicit-any
type Loose = any;

const POSITIVE = [0, -1, 1.5, NaN, Infinity, 1e300];
const NOT_NEGATIVE = [-1, NaN, -Infinity];
const handler = (change: object) => edge.createEdgeHandler({ ...EDGE, ...change } as Loose);
const withHook = (change: object) => handler({ hooks: { push: { ...HOOK, ...change } } });

const TABLE: Record<string, Row> = {
  ClientOptions: {
    use: (change) => client.createClient({ ...CLIENT, ...change } as Loose),
    wrongKind: { maxAttempts: "6", fetch: "x", onEvent: 1, onWarning: {}, authorizer: {} },
    outOfRange: { maxAttempts: POSITIVE },
  },
  PickleLimits: {
    use: (change) => client.createClient({ ...CLIENT, pickleLimits: change } as Loose),
    wrongKind: { maxDepth: "6" },
    outOfRange: Object.fromEntries(
      ["maxBytes", "maxMemoryBytes", "maxMemoEntries", "maxDepth", "maxIntegerBytes", "maxKeyComparisons"]
        .map((
          key,
        ) => [key, POSITIVE]),
    ),
  },
  CallOptions: {
    use: (change) => client.getEndpoints(own(), {}, change as Loose),
    wrongKind: { timeoutMs: "5", signal: {} },
    outOfRange: { timeoutMs: NOT_NEGATIVE },
  },
  WaitOptions: {
    use: (change) => client.waitForBatch(own(), [UUID], change as Loose),
    wrongKind: { timeoutMs: "5" },
    outOfRange: { timeoutMs: NOT_NEGATIVE },
  },
  FunctionCallOptions: {
    use: (change) => client.callFunction(own(), TASK, change as Loose),
    wrongKind: { timeoutMs: null },
    outOfRange: { timeoutMs: NOT_NEGATIVE },
  },
  BatchRunOptions: {
    use: (change) => client.batchRun(own(), BATCH, change as Loose),
    wrongKind: { maxTasksPerRequest: "5" },
    outOfRange: { maxTasksPerRequest: POSITIVE, timeoutMs: NOT_NEGATIVE },
  },
  SubmitCallOptions: {
    use: (change) => client.batchRunJournaled(own(), BATCH, { sending() {}, accepted() {} }, change as Loose),
    wrongKind: { maxTasksPerRequest: "5" },
    outOfRange: { maxTasksPerRequest: POSITIVE, timeoutMs: NOT_NEGATIVE },
  },
  BatchResultOptions: {
    use: (change) => client.getBatchResult(own(), [UUID], change as Loose),
    wrongKind: { maxRequests: "1", timeoutMs: "5" },
    outOfRange: { maxRequests: NOT_NEGATIVE, timeoutMs: NOT_NEGATIVE },
  },
  RateLimiterOptions: {
    use: (change) => client.rateLimiter({ clock, ...change } as Loose),
    wrongKind: { requests: "20" },
    outOfRange: { requests: [...POSITIVE, 1e9], windowMs: [0, -1, NaN, Infinity] },
  },
  MemoryStoreOptions: {
    use: (change) => client.memoryStore(change as Loose),
    wrongKind: { maxBytes: "many" },
    outOfRange: { maxBytes: [0, -1, NaN] },
  },
  StoreChange: {
    use: (change) => client.memoryStore().commit([{ key: "key", value: "value", ...change } as Loose]),
    wrongKind: { key: 5, value: 5, expected: 5, expiresInMs: "5" },
    outOfRange: { expiresInMs: [0, ...NOT_NEGATIVE, Infinity] },
  },
  StoreListOptions: {
    use: (change) => client.memoryStore().list("", change as Loose),
    wrongKind: { after: 5, limit: "5" },
    outOfRange: { limit: [...POSITIVE, 1001] },
  },
  ClientCredentialsOptions: {
    use: (change) => client.clientCredentials({ clientId: "a", clientSecret: "b", ...change } as Loose),
    wrongKind: { clientId: 5 },
  },
  RefreshTokenOptions: {
    use: (change) => client.refreshToken({ clientId: "a", refreshToken: "b", ...change } as Loose),
    wrongKind: { refreshToken: 5 },
  },
  DependentTokenOptions: {
    use: (change) =>
      client.dependentToken({ clientId: "a", clientSecret: "b", userToken: "c", ...change } as Loose),
    wrongKind: { userToken: 5 },
  },
  JwtOptions: {
    use: (change) => client.jwt({ ...JWT, ...change } as Loose),
    wrongKind: { lifetimeSeconds: "5" },
    outOfRange: { lifetimeSeconds: POSITIVE },
  },
  JwtExchangeOptions: {
    use: (change) =>
      client.jwtExchange({ ...JWT, tokenEndpoint: "https://issuer.example.org/token", ...change } as Loose),
    wrongKind: { lifetimeSeconds: "5" },
    outOfRange: { lifetimeSeconds: POSITIVE },
  },
  EnvironmentVariables: {
    use: (change) => client.fromEnvironment({ GLOBUS_COMPUTE_ACCESS_TOKEN: "t", ...change } as Loose),
    wrongKind: { GLOBUS_COMPUTE_CLIENT_SECRET: 5 },
    isOpen: true,
  },
  VersionQuestion: {
    use: (change) => client.checkVersion(own(), change as Loose),
    wrongKind: { endpointVersion: 5 },
  },
  EndpointFilter: {
    use: (change) => client.getEndpoints(own(), change as Loose),
    wrongKind: { role: 5 },
  },
  EndpointRegistration: {
    use: (change) => client.registerEndpoint(own(), { name: "e", ...change } as Loose),
    wrongKind: { endpointId: 5 },
  },
  FunctionRegistration: {
    use: (change) => client.registerFunction(own(), { name: "f", code: "7\nst\nf:\nxy", ...change } as Loose),
    wrongKind: { name: 5 },
  },
  SourceRegistration: {
    use: (change) => client.registerSource(own(), { source: "def f():\n    pass\n", ...change } as Loose),
    wrongKind: { source: 5 },
  },
  ShellRegistration: {
    use: (change) => client.registerShell(own(), { command: "true", ...change } as Loose),
    wrongKind: { walltimeSeconds: "5" },
    outOfRange: { walltimeSeconds: [0, -1, NaN, Infinity], snippetLines: POSITIVE },
  },
  FunctionMetadata: {
    use: (change) =>
      client.registerSource(own(), { source: "def f():\n    pass\n", metadata: change } as Loose),
    wrongKind: {},
  },
  TaskSubmission: {
    use: (change) => client.runTask(own(), { ...TASK, ...change } as Loose),
    wrongKind: { functionId: 5 },
  },
  MapSubmission: {
    use: (change) => client.mapFunction(own(), { ...TASK, items: [1], ...change } as Loose),
    wrongKind: { items: 5 },
  },
  Batch: {
    use: (change) => client.batchRun(own(), { ...BATCH, ...change } as Loose),
    wrongKind: { tasks: 5 },
  },
  BatchTask: {
    use: (change) => client.batchRun(own(), { ...BATCH, tasks: [{ functionId: UUID, ...change }] } as Loose),
    wrongKind: { functionId: 5 },
  },
  EdgeOptions: {
    use: handler,
    wrongKind: {
      retentionMs: "5",
      allowPrivateAddresses: "no",
      authorizer: {},
      operator: {},
      viewer: "x",
      fetch: 1,
      resolveAddresses: 1,
      waitUntil: 1,
      onDue: {},
      onEvent: "x",
    },
    outOfRange: { retentionMs: POSITIVE, linkLifetimeSeconds: POSITIVE },
  },
  EdgeLimits: {
    use: (limits) => handler({ limits }),
    wrongKind: { maxTasks: "5" },
    outOfRange: Object.fromEntries(
      [
        "maxBodyBytes",
        "maxHeaderBytes",
        "maxNesting",
        "bodyTimeoutMs",
        "batchTimeoutMs",
        "maxTasks",
        "maxRequestsPerCollect",
        "maxOpenStreams",
      ].map((key) => [key, [...POSITIVE, 1e10]]),
    ),
  },
  ServiceOptions: {
    use: (service) => handler({ service }),
    wrongKind: { maxRequestsPer10s: "20" },
    outOfRange: { maxRequestsPer10s: [...POSITIVE, 1e9] },
  },
  Hook: {
    use: withHook,
    wrongKind: {
      maxBodyBytes: "5",
      authorizer: {},
      authorizerFor: "x",
      answer: "accept",
      onDoubt: "resubmit",
    },
    outOfRange: { maxBodyBytes: POSITIVE },
  },
  DeliveryTarget: {
    use: (change) => withHook({ deliver: { url: "https://receiver.example.org", secret: WHSEC, ...change } }),
    wrongKind: { secret: 5, content: "links" },
  },
  CommitStatusTarget: {
    use: (change) => withHook({ commitStatus: { token: "t", ...change } }),
    wrongKind: { token: 5 },
  },
  BearerOptions: {
    use: (change) =>
      edge.bearer({ tokens: SECRETS.map((text) => text.replaceAll(" ", "-")), ...change } as Loose),
    wrongKind: { tokens: 5 },
  },
  GithubOptions: {
    use: (change) => edge.github({ secrets: SECRETS, ...change } as Loose),
    wrongKind: { secrets: 5 },
  },
  GitlabOptions: {
    use: (change) => edge.gitlab({ secrets: SECRETS, ...change } as Loose),
    wrongKind: { secrets: 5, events: "Push Hook" },
  },
  SlackOptions: {
    use: (change) => edge.slack({ secrets: SECRETS, ...change } as Loose),
    wrongKind: { secrets: 5 },
  },
  DiscordOptions: {
    use: (change) => edge.discord({ publicKeys: ["ab".repeat(32)], ...change } as Loose),
    wrongKind: { publicKeys: 5 },
  },
  MetaOptions: {
    use: (change) => edge.meta({ secrets: SECRETS, verifyTokens: SECRETS, ...change } as Loose),
    wrongKind: { secrets: 5, verifyTokens: "one" },
  },
  MicrosoftGraphOptions: {
    use: (change) => edge.microsoftGraph({ clientStates: SECRETS, ...change } as Loose),
    wrongKind: { clientStates: "one" },
  },
  HuggingFaceOptions: {
    use: (change) => edge.huggingFace({ secrets: SECRETS, ...change } as Loose),
    wrongKind: { secrets: 5 },
  },
  HeaderSecretOptions: {
    use: (change) => edge.headerSecret({ header: "x-secret", secrets: SECRETS, ...change } as Loose),
    wrongKind: { header: 5, secrets: "one" },
  },
  InngestOptions: {
    use: (change) => edge.inngest({ secrets: SECRETS, ...change } as Loose),
    wrongKind: { secrets: 5, toleranceSeconds: "5" },
    outOfRange: { toleranceSeconds: POSITIVE },
  },
  QstashOptions: {
    use: (change) => edge.qstash({ secrets: SECRETS, ...change } as Loose),
    wrongKind: { secrets: 5, clockToleranceSeconds: "5" },
    outOfRange: { clockToleranceSeconds: [-1, 301, NaN, Infinity] },
  },
  HmacOptions: {
    use: (change) => edge.hmac({ ...HMAC, ...change } as Loose),
    wrongKind: { toleranceSeconds: "5" },
    outOfRange: { toleranceSeconds: POSITIVE },
  },
  StandardWebhooksOptions: {
    use: (change) => edge.standardWebhooks({ secrets: [WHSEC], ...change } as Loose),
    wrongKind: { toleranceSeconds: "5" },
    outOfRange: { toleranceSeconds: POSITIVE },
  },
  TimestampedHmacOptions: {
    use: (change) => edge.timestampedHmac({ form: "stripe", secrets: SECRETS, ...change } as Loose),
    wrongKind: { toleranceSeconds: "5" },
    outOfRange: { toleranceSeconds: POSITIVE },
  },
  TimestampedHmacForm: {
    use: (change) => edge.timestampedHmac({ form: { ...FORM, ...change }, secrets: SECRETS } as Loose),
    wrongKind: { header: 5 },
  },
  JwtBearerOptions: {
    use: (change) => edge.jwtBearer({ issuer: JWT.issuer, audience: JWT.audience, ...change } as Loose),
    wrongKind: { maxAgeSeconds: "5" },
    outOfRange: Object.fromEntries(
      ["clockToleranceSeconds", "maxAgeSeconds", "cooldownSeconds"].map((
        key,
      ) => [key, [...NOT_NEGATIVE, 86_401]]),
    ),
  },
  DenoKvStoreOptions: {
    use: (change) => edge.denoKvStore({} as Loose, change as Loose),
    wrongKind: { prefix: 5 },
  },
  DurableObjectStoreOptions: {
    use: (change) =>
      edge.durableObjectStore(
        { sql: { exec: () => {} }, transactionSync: () => {} } as Loose,
        change as Loose,
      ),
    wrongKind: {},
  },
  InProcessServiceOptions: {
    use: (change) => local.createLocalService(change as Loose),
    wrongKind: { maxRequestsPer10s: "5" },
    outOfRange: {
      maxRequestsPer10s: [0, -1, 1.5, NaN, 1e9],
      accessTokenLifetimeSeconds: [0, -1, NaN, Infinity],
      maxRecords: [-1, NaN, 1.5],
    },
  },
  LocalServiceOptions: {
    use: (change) => local.startLocalService({ python: "no-such-python", ...change } as Loose),
    wrongKind: { workers: "2" },
    outOfRange: {
      port: [-1, 65_536, 1.5],
      workers: [...POSITIVE, 5_000],
      taskTimeLimitMs: [0, -1, NaN],
      maxOutputBytes: NOT_NEGATIVE,
    },
  },
  Faults: {
    use: (faults) => local.createLocalService({ faults } as Loose),
    wrongKind: { seed: "5" },
    outOfRange: { seed: [1.5, NaN], latencyMs: NOT_NEGATIVE, queueDelayMs: NOT_NEGATIVE },
  },
  ServiceClient: {
    use: (change) =>
      local.createLocalService({ clients: [{ clientId: "a", clientSecret: "b", ...change }] } as Loose),
    wrongKind: {},
  },
  TrustedIssuer: {
    use: (change) =>
      local.createLocalService({
        trustedIssuers: [{ issuer: JWT.issuer, audience: JWT.audience, keys: { keys: [] }, ...change }],
      } as Loose),
    wrongKind: {},
  },
  LoginOptions: {
    use: (change) => login.beginLogin({ clientId: "a", ...change } as Loose),
    wrongKind: { clientId: 5 },
  },
  SqliteStoreOptions: {
    use: (change) => sqlite.sqliteStore("/nowhere", change as Loose),
    wrongKind: { synchronous: "fast" },
  },
  StoredLoginOptions: { use: (change) => login.storedLogin(change as Loose), wrongKind: { issuer: 5 } },
  LoginPlace: {
    use: (change) => login.saveLogin("https://auth.globus.org", LOGIN as Loose, change as Loose),
    wrongKind: {},
  },
  StoredLogin: {
    use: (change) => login.saveLogin("https://auth.globus.org", { ...LOGIN, ...change } as Loose),
    wrongKind: {},
  },
  LoginWorld: {
    use: (change) => login.endLogin({ env: {}, userDir: "/nowhere", ...change } as Loose),
    wrongKind: {},
  },
  PendingLogin: {
    use: (change) =>
      login.finishLogin(
        {
          url: "",
          issuer: "",
          clientId: "",
          redirectUri: "",
          state: "",
          codeVerifier: "",
          ...change,
        } as Loose,
        "answer",
      ),
    wrongKind: {},
  },
  CallbackOptions: {
    async use(change) {
      const listener = await login.listenForCallback(0);
      try {
        return await listener.wait({ state: "s", ...change } as Loose);
      } finally {
        await listener.close();
      }
    },
    wrongKind: { timeoutMs: "5" },
    outOfRange: { timeoutMs: NOT_NEGATIVE },
  },
};

/** What is no options, though a function takes it: an object of ours that another one of ours has made. */
const NOT_OPTIONS = new Set([
  "AddressOptions", // The handler makes them, of its own options.
  "Authorizer",
  "BatchReceipt",
  "CliIo",
  "Client",
  "DenoKvLike",
  "DurableObjectStorageLike",
  "Store",
  "SubmissionJournal", // Records of the caller's own.
  "Verifier",
]);

interface InterfaceDef {
  properties?: { name: string }[];
  extends?: unknown[];
}

interface Documented {
  name: string;
  /** The names of its properties, those of what it extends too. */
  keys: readonly string[];
}

/** The interfaces that exported functions take, or whose name says that they are options. */
async function takenTypes(): Promise<Documented[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...Object.keys(ENTRIES)],
    cwd: ROOT,
    stderr: "null",
  }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    nodes: Record<string, { symbols: { name: string; declarations: { kind: string; def: unknown }[] }[] }>;
  };
  const symbols = Object.values(nodes).flatMap((module) => module.symbols);
  const interfaces = new Map<string, InterfaceDef>();
  for (const { name, declarations } of symbols) {
    for (const { kind, def } of declarations) {
      if (kind === "interface") interfaces.set(name, def as InterfaceDef);
    }
  }
  const keysOf = (name: string): string[] => {
    const { properties = [], extends: bases = [] } = interfaces.get(name) ?? {};
    const inherited = JSON.stringify(bases).matchAll(/"typeName":"(\w+)"/g);
    return [
      ...properties.map((property) => property.name),
      ...[...inherited].flatMap(([, base = ""]) => keysOf(base)),
    ];
  };
  const taken = new Set([...interfaces.keys()].filter((name) => /(Options|Limits|Target)$/.test(name)));
  for (const { kind, def } of symbols.flatMap(({ declarations }) => declarations)) {
    if (kind !== "function") continue;
    const { params } = def as { params: unknown };
    for (const [, name = ""] of JSON.stringify(params).matchAll(/"typeName":"(\w+)"/g)) {
      if (interfaces.has(name)) taken.add(name);
    }
  }
  // Bases alone: nobody passes them on their own.
  for (const base of ["ComputeErrorOptions", "RegistrationOptions", "SubmitOptions"]) {
    taken.delete(base);
  }
  return [...taken].filter((name) => !NOT_OPTIONS.has(name)).sort().map((name) => ({
    name,
    keys: keysOf(name),
  }));
}

Deno.test("the table has every exported type of options", async () => {
  const missing = (await takenTypes()).filter(({ name }) => !(name in TABLE));
  assertEquals(missing, []);
});

Deno.test("each exported type of options has the keys that its documentation lists", async () => {
  const refused: string[] = [];
  for (const { name, keys } of await takenTypes()) {
    const { use, isOpen } = TABLE[name] ?? {};
    if (use === undefined || isOpen) continue;
    for (const key of keys) {
      // The key after it is refused, so that nothing begins.
      const { error } = await outcomeOf(() => use({ [key]: undefined, unheardOfKey: 1 }));
      if (!String(error).includes("'unheardOfKey'")) refused.push(`${name}.${key}: ${error}`);
    }
  }
  assertEquals(refused, []);
});

for (const [name, { use, wrongKind, outOfRange = {}, isOpen }] of Object.entries(TABLE)) {
  if (!isOpen) {
    Deno.test(`${name} refuses a key that it does not have, and names the nearest one`, async () => {
      const { error } = await outcomeOf(() => use({ unheardOfKey: 1 }));
      assert(error instanceof TypeError, String(error));
      assertStringIncludes(error.message, "Cannot use 'unheardOfKey' of ");
      assertStringIncludes(error.message, "the nearest key is '");
    });
  }
  for (const [key, value] of Object.entries(wrongKind)) {
    Deno.test(`${name} refuses '${key}' of the wrong kind`, async () => {
      const { error } = await outcomeOf(() => use({ [key]: value }));
      assert(error instanceof TypeError || error instanceof RangeError, String(error));
      assertStringIncludes(error.message, key);
    });
  }
  for (const [key, values] of Object.entries(outOfRange)) {
    for (const value of values) {
      Deno.test(`${name} refuses ${value} for '${key}'`, async () => {
        const { error } = await outcomeOf(() => use({ [key]: value }));
        assert(error instanceof RangeError, String(error));
        assertStringIncludes(error.message, key);
      });
    }
  }
}

for (
  const [typo, key] of [
    ["timeout", "timeoutMs"],
    ["baseURL", "baseUrl"],
    ["maxAtempts", "maxAttempts"],
    ["authoriser", "authorizer"],
    ["on_event", "onEvent"],
  ]
) {
  Deno.test(`'${typo}' is taken for '${key}'`, async () => {
    const use = key === "timeoutMs" ? TABLE.CallOptions : TABLE.ClientOptions;
    const { error } = await outcomeOf(() => use?.use({ [String(typo)]: 1 }));
    assertStringIncludes(String(error), `the nearest key is '${key}'`);
  });
}
