/**
 * What every authorizer must do on every runtime, against a local service over real HTTP. It uses what all runtimes have,
 * and nothing else: Deno, Node and workerd run it as it is.
 */
import {
  accessToken,
  type AuthorizationParameters,
  type Authorizer,
  batchRun,
  callFunction,
  type Client,
  clientCredentials,
  ComputeAuthorizationError,
  createClient,
  dependentToken,
  fromEnvironment,
  getEndpointStatus,
  jwt,
  jwtExchange,
  type JwtOptions,
  logout,
  memoryStore,
  refreshToken,
  registerSource,
  waitForBatch,
} from "../../mod.ts";

/** What a runner tells the suite: all of it as JSON. */
export interface World {
  baseUrl: string;
  issuer: string;
  endpointId: string;
  clientId: string;
  clientSecret: string;
  accessToken: string;
  /** Of the client without a secret, one for each case that uses one. */
  refreshTokens: string[];
  nativeClientId: string;
  /** An endpoint of the service's owner that another client has no right to. */
  foreignEndpointId: string;
  /** One that asks for a login that meets a policy. */
  policyEndpointId: string;
  policyId: string;
  otherClientId: string;
  otherClientSecret: string;
  /** A private key, and whose JWTs the service takes. */
  jwtKey: JsonWebKey;
  jwtIssuer: string;
  jwtAudience: string;
  /** Takes `/slow` and `/fast`, for tasks, `/expire`, which ends all access tokens, and `/token-requests`. */
  controlUrl: string;
}

/** What came of the suite. */
export interface Outcome {
  cases: { name: string; error?: string }[];
  /** Everything that was thrown, warned of or can be looked at, as a log would show it. */
  log: string[];
  /** Every secret that was sent or received. */
  secrets: string[];
}

/** What a case works with. */
interface Tools {
  world: World;
  connect(authorizer: Authorizer): Client;
  /** Runs a function through the service, start to end. */
  roundTrip(client: Client): Promise<void>;
  /** One authorized request. */
  ask(client: Client): Promise<string>;
  expire(): Promise<void>;
  /** Submits tasks that take a while, and gives a wait for them that has begun. */
  submitSlow(client: Client): Promise<() => Promise<string>>;
  countTokenRequests(): Promise<number>;
  /** The error of a call that must fail; it goes into the log. */
  failure(call: Promise<unknown>): Promise<ComputeAuthorizationError>;
}

const CASES: [name: string, run: (tools: Tools) => Promise<void>][] = [
  ["accessToken() with a token", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(accessToken(world.accessToken)));
  }],
  ["accessToken() with a function", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(accessToken(() => Promise.resolve(world.accessToken))));
  }],
  ["clientCredentials()", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(clientCredentials(world)));
  }],
  ["refreshToken() with rotation", async ({ world, connect, roundTrip, expire, ask }) => {
    const rotated: string[] = [];
    const authorizer = refreshToken({
      issuer: world.issuer,
      clientId: world.nativeClientId,
      refreshToken: world.refreshTokens[0] as string,
      onRotate: (next) => void rotated.push(next),
    });
    const client = connect(authorizer);
    await roundTrip(client);
    await expire();
    await ask(client);
    equal(rotated.length, 2, "rotations");
  }],
  ["dependentToken()", async ({ world, connect, roundTrip }) => {
    const { issuer, clientId, clientSecret } = world;
    await roundTrip(
      connect(dependentToken({ issuer, clientId, clientSecret, userToken: world.accessToken })),
    );
  }],
  ["jwt()", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(jwt(jwtOptions(world))));
  }],
  ["jwtExchange()", async ({ world, connect, roundTrip, expire, ask }) => {
    const tokenEndpoint = `${world.issuer}/v2/oauth2/token`;
    const client = connect(jwtExchange({ ...jwtOptions(world), tokenEndpoint }));
    await roundTrip(client);
    await expire();
    await ask(client);
  }],
  ["fromEnvironment()", async ({ world, connect, roundTrip }) => {
    const GLOBUS_SDK_SERVICE_URL_AUTH = world.issuer;
    await roundTrip(connect(fromEnvironment({
      GLOBUS_COMPUTE_CLIENT_ID: world.clientId,
      GLOBUS_COMPUTE_CLIENT_SECRET: world.clientSecret,
      GLOBUS_SDK_SERVICE_URL_AUTH,
    })));
    await roundTrip(connect(fromEnvironment({ GLOBUS_COMPUTE_ACCESS_TOKEN: world.accessToken })));
  }],
  ["50 calls with an expired token make one request for a token", async (tools) => {
    const { world, connect, ask, expire, countTokenRequests } = tools;
    const client = connect(clientCredentials(world));
    await ask(client);
    await expire();
    const before = await countTokenRequests();
    await Promise.all(Array.from({ length: 50 }, () => ask(client)));
    equal(await countTokenRequests() - before, 1, "requests for a token");
  }],
  ["50 calls with a revoked token make one request for a token", async (tools) => {
    const { world, connect, ask, countTokenRequests } = tools;
    const cache = memoryStore();
    const revoked = connect(clientCredentials({ ...world, cache }));
    await ask(revoked);
    const { client } = await revokeBehind(tools, cache);
    const before = await countTokenRequests();
    await Promise.all(Array.from({ length: 50 }, () => ask(client)));
    equal(await countTokenRequests() - before, 1, "requests for a token");
  }],
  ["a token expires while a batch is waiting", async (tools) => {
    const { world, connect, expire, countTokenRequests, submitSlow } = tools;
    const client = connect(clientCredentials(world));
    const waiting = await submitSlow(client);
    const before = await countTokenRequests();
    await expire();
    equal(await waiting(), "2 4 6", "results");
    equal(await countTokenRequests() - before, 1, "requests for a token");
  }],
  ["a token is revoked while a batch is waiting", async (tools) => {
    const cache = memoryStore();
    const { client } = await revokeBehind(tools, cache, "later");
    const waiting = await tools.submitSlow(client);
    const before = await tools.countTokenRequests();
    await logout(tools.connect(clientCredentials({ ...tools.world, cache })));
    equal(await waiting(), "2 4 6", "results");
    equal(await tools.countTokenRequests() - before, 1, "requests for a token");
  }],
  ["logout() revokes a person's tokens", async ({ world, connect, ask, failure }) => {
    const [, secondToken = ""] = world.refreshTokens;
    const options = { issuer: world.issuer, clientId: world.nativeClientId };
    const rotated = [secondToken];
    const onRotate = (next: string) => void rotated.push(next);
    const client = connect(refreshToken({ ...options, refreshToken: secondToken, onRotate }));
    await ask(client);
    equal((await logout(client)).revoked.join(), "access_token,refresh_token", "revoked");
    const left = rotated.at(-1) as string;
    const error = await failure(ask(connect(refreshToken({ ...options, refreshToken: left }))));
    includes(error.message, "log in again");
  }],
  [
    "a wrong secret names the client, and where its id came from",
    async ({ world, connect, ask, failure }) => {
      const { issuer, clientId } = world;
      const error = await failure(
        ask(connect(clientCredentials({ issuer, clientId, clientSecret: WRONG_SECRET }))),
      );
      equal(error.serviceCode, "invalid_client", "code");
      includes(error.message, `client '${clientId}' ('clientId' of clientCredentials)`);
      const fromEnv = await failure(ask(connect(fromEnvironment({
        GLOBUS_COMPUTE_CLIENT_ID: clientId,
        GLOBUS_COMPUTE_CLIENT_SECRET: WRONG_SECRET,
        GLOBUS_SDK_SERVICE_URL_AUTH: issuer,
      }))));
      includes(fromEnv.message, "GLOBUS_COMPUTE_CLIENT_ID");
    },
  ],
  ["a token that is unknown says what to do", async ({ connect, ask, failure }) => {
    const error = await failure(ask(connect(accessToken(WRONG_SECRET))));
    equal(error.status, 401, "status");
    includes(error.message, "get a new one");
  }],
  ["a token for another scope says so", async ({ world, connect, ask, failure }) => {
    const error = await failure(ask(connect(clientCredentials({ ...world, scopes: ["openid"] }))));
    includes(error.message, "auth.globus.org");
  }],
  ["a JWT for another audience says so", async ({ world, connect, ask, failure }) => {
    const error = await failure(
      ask(connect(jwt({ ...jwtOptions(world), audience: "https://other.example.org" }))),
    );
    includes(error.message, "audience");
  }],
  ["a JWT of another key is refused", async ({ world, connect, ask, failure }) => {
    const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const key = { ...await crypto.subtle.exportKey("jwk", privateKey) as JsonWebKey };
    const error = await failure(ask(connect(jwt({ ...jwtOptions(world), key }))));
    equal(error.status, 401, "status");
    const tokenEndpoint = `${world.issuer}/v2/oauth2/token`;
    const traded = await failure(ask(connect(jwtExchange({ ...jwtOptions(world), key, tokenEndpoint }))));
    equal(traded.serviceCode, "invalid_grant", "code");
  }],
  ["a user's token that is no good says so", async ({ world, connect, ask, failure }) => {
    const { issuer, clientId, clientSecret } = world;
    const authorizer = dependentToken({ issuer, clientId, clientSecret, userToken: WRONG_SECRET });
    includes((await failure(ask(connect(authorizer)))).message, "the user's token");
  }],
  ["a service account without the right is told who it is", async ({ world, connect, failure }) => {
    const { issuer, otherClientId: clientId, otherClientSecret: clientSecret, foreignEndpointId } = world;
    const client = connect(clientCredentials({ issuer, clientId, clientSecret }));
    const functionId = await registerSource(client, { source: SOURCE });
    const error = await failure(batchRun(client, { endpointId: foreignEndpointId, tasks: [{ functionId }] }));
    includes(error.message, `${clientId}@clients.auth.globus.org`);
    includes(error.message, foreignEndpointId);
  }],
  ["an endpoint with a policy asks for another login", async ({ world, connect, failure }) => {
    const client = connect(accessToken(world.accessToken));
    const functionId = await registerSource(client, { source: SOURCE });
    const call = batchRun(client, { endpointId: world.policyEndpointId, tasks: [{ functionId }] });
    const { authorizationParameters, authorizeUrl } = await failure(call);
    const parameters: AuthorizationParameters = authorizationParameters ?? {};
    equal(parameters.sessionRequiredPolicies?.join(), world.policyId, "policies");
    includes(authorizeUrl ?? "", encodeURIComponent(world.policyId));
  }],
];

const SOURCE = "def double(x):\n    return 2 * x\n";
const WRONG_SECRET = "wr0ng-secret-that-must-not-be-shown";

/** Runs all cases, one after the other. */
export async function runSuite(world: World): Promise<Outcome> {
  const log: string[] = [];
  const secrets = new Set([
    WRONG_SECRET,
    world.clientSecret,
    world.otherClientSecret,
    world.accessToken,
    ...world.refreshTokens,
    world.jwtKey.d as string,
  ]);
  const outcome: Outcome = { cases: [], log, secrets: [] };
  const observed = observe(secrets);

  async function control(path: string): Promise<string> {
    return await (await fetch(world.controlUrl + path, { method: "POST" })).text();
  }

  const tools: Tools = {
    world,
    connect(authorizer) {
      const client = createClient({
        authorizer,
        baseUrl: world.baseUrl,
        fetch: observed,
        limiter: { acquire: () => Promise.resolve(), pause() {} },
        onWarning: (warning) => void log.push(describe(warning)),
      });
      log.push(describe(authorizer), describe(client));
      return client;
    },
    async roundTrip(client) {
      const functionId = await registerSource(client, { source: SOURCE });
      const value = await callFunction(
        client,
        { endpointId: world.endpointId, functionId, args: [21] },
        LIMIT,
      );
      equal(value, 42, "value");
    },
    ask: async (client) => (await getEndpointStatus(client, world.endpointId, LIMIT)).status,
    async submitSlow(client) {
      const functionId = await registerSource(client, { source: "def slow(x):\n    return 2 * x\n" });
      const tasks = [1, 2, 3].map((x) => ({ functionId, args: [x] }));
      await control("/slow");
      const receipt = await batchRun(client, { endpointId: world.endpointId, tasks });
      await control("/fast");
      const waiting = waitForBatch(client, receipt, LIMIT);
      waiting.catch(() => {});
      return async () =>
        (await waiting).map((outcome) => outcome.state === "success" ? outcome.result : outcome.state).join(
          " ",
        );
    },
    expire: async () => void await control("/expire"),
    countTokenRequests: async () => Number(await control("/token-requests")),
    async failure(call) {
      try {
        await call;
      } catch (error) {
        log.push(describe(error));
        if (error instanceof ComputeAuthorizationError) return error;
        throw error;
      }
      throw new Error("It did not fail");
    },
  };
  for (const [name, run] of CASES) {
    try {
      await run(tools);
      outcome.cases.push({ name });
    } catch (error) {
      log.push(describe(error));
      outcome.cases.push({ name, error: error instanceof Error ? `${error.stack}` : String(error) });
    }
  }
  return { ...outcome, secrets: [...secrets] };
}

const LIMIT = { timeoutMs: 60_000 };

/** A client whose token is in the cache, and is revoked at once by another one with that cache, or later by the case. */
async function revokeBehind(
  { world, connect, ask }: Tools,
  cache: ReturnType<typeof memoryStore>,
  when: "now" | "later" = "now",
): Promise<{ client: Client }> {
  const client = connect(clientCredentials({ ...world, cache }));
  await ask(client);
  if (when === "now") await logout(connect(clientCredentials({ ...world, cache })));
  return { client };
}

function jwtOptions({ jwtKey, jwtIssuer, jwtAudience }: World): JwtOptions {
  return { key: jwtKey, algorithm: "ES256", issuer: jwtIssuer, subject: "ada", audience: jwtAudience };
}

const SECRET_FIELDS = [
  "access_token",
  "refresh_token",
  "token",
  "assertion",
  "code",
  "client_secret",
  "id_token",
];

/** A `fetch` that notes all secrets which pass through it. */
function observe(secrets: Set<string>): (request: Request) => Promise<Response> {
  const note = (value: unknown) => {
    if (typeof value === "string" && value !== "") secrets.add(value);
  };
  return async function observedFetch(request) {
    const [scheme, credentials] = (request.headers.get("authorization") ?? "").split(" ");
    note(credentials);
    if (scheme === "Basic") note(atob(credentials as string).split(":")[1]);
    if (request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      const form = new URLSearchParams(await request.clone().text());
      for (const field of SECRET_FIELDS) note(form.get(field));
    }
    const response = await fetch(request);
    if (new URL(request.url).pathname.startsWith("/v2/oauth2/")) {
      const answer = await response.clone().text();
      for (const [, value] of answer.matchAll(/"(?:access|refresh|id)_token":\s*"([^"]+)"/g)) note(value);
    }
    return response;
  };
}

/** All that can be seen of a value from outside, hidden properties and causes included. */
function describe(value: unknown, depth = 0): string {
  if (depth > 6 || value === null || (typeof value !== "object" && typeof value !== "function")) {
    return String(value);
  }
  const own = Reflect.ownKeys(value).map((key) => {
    const inner: unknown = Reflect.get(value, key);
    return `${String(key)}: ${inner === value ? "itself" : describe(inner, depth + 1)}`;
  });
  const text = value instanceof Error ? `${value.stack}` : String(value);
  return `${text} { ${own.join(", ")} } ${json(value)}`;
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

function equal(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)}, not ${String(expected)}`);
}

function includes(text: string, part: string): void {
  if (!text.includes(part)) throw new Error(`'${part}' is not in: ${text}`);
}
