/** What is refused, and what the error says of it. */
import {
  accessToken,
  type AuthorizationParameters,
  batchRun,
  clientCredentials,
  dependentToken,
  fromEnvironment,
  jwt,
  jwtExchange,
  registerSource,
} from "../../mod.ts";
import { type Case, equal, includes, SOURCE, WRONG_SECRET } from "./auth_world.ts";
import { account, jwtOptions, tokenEndpoint } from "./constructors.ts";

export const REFUSAL_CASES: readonly Case[] = [
  ["a wrong secret names the client, and where its id came from", async (tools) => {
    const { world: { issuer, clientId }, connect, ask, failure } = tools;
    const clientSecret = WRONG_SECRET;
    const error = await failure(ask(connect(clientCredentials({ issuer, clientId, clientSecret }))));
    equal(error.serviceCode, "invalid_client", "code");
    includes(error.message, `client '${clientId}' ('clientId' of clientCredentials)`);
    const fromEnv = await failure(ask(connect(fromEnvironment({
      GLOBUS_COMPUTE_CLIENT_ID: clientId,
      GLOBUS_COMPUTE_CLIENT_SECRET: WRONG_SECRET,
      GLOBUS_SDK_SERVICE_URL_AUTH: issuer,
    }))));
    includes(fromEnv.message, "GLOBUS_COMPUTE_CLIENT_ID");
    const userToken = WRONG_SECRET;
    const dependent = await failure(
      ask(connect(dependentToken({ issuer, clientId, clientSecret, userToken }))),
    );
    includes(dependent.message, `client '${clientId}' ('clientId' of dependentToken)`);
  }],
  ["a token that is unknown says what to do", async ({ connect, ask, failure }) => {
    const error = await failure(ask(connect(accessToken(WRONG_SECRET))));
    equal(error.status, 401, "status");
    includes(error.message, "get a new one");
  }],
  ["a token that has expired or was revoked says so", async (tools) => {
    const { world, connect, ask, sentBy, failure } = tools;
    const source = connect(clientCredentials(account(world)));
    await ask(source);
    const [first = ""] = sentBy(source).bearers;
    await tools.revoke(source, world);
    includes((await failure(ask(connect(accessToken(first))))).message, "revoked");
    await ask(source);
    const second = [...sentBy(source).bearers].at(-1) as string;
    await tools.expire();
    includes((await failure(ask(connect(accessToken(second))))).message, "has expired");
  }],
  ["a token for another scope says so", async ({ world, connect, ask, failure }) => {
    const error = await failure(ask(connect(clientCredentials({ ...account(world), scopes: ["openid"] }))));
    includes(error.message, "auth.globus.org");
  }],
  ["a scope that nobody has says so", async ({ world, connect, ask, failure }) => {
    const error = await failure(
      ask(connect(clientCredentials({ ...account(world), scopes: ["urn:no:such"] }))),
    );
    equal(error.serviceCode, "invalid_scope", "code");
    includes(error.message, "'urn:no:such'");
  }],
  ["a JWT for another audience says so", async ({ world, connect, ask, failure }) => {
    const error = await failure(
      ask(connect(jwt({ ...jwtOptions(world), audience: "https://other.example.org" }))),
    );
    includes(error.message, "audience");
  }],
  ["a JWT that has ended says so", async ({ world, connect, ask, failure }) => {
    const client = connect(jwt(jwtOptions(world)), { ahead: { ms: -3_600_000 } });
    includes((await failure(ask(client))).message, "it ended at ");
  }],
  ["a JWT of another key is refused", async ({ world, connect, ask, failure }) => {
    const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const key = { ...await crypto.subtle.exportKey("jwk", privateKey) as JsonWebKey };
    const error = await failure(ask(connect(jwt({ ...jwtOptions(world), key }))));
    equal(error.status, 401, "status");
    const options = { ...jwtOptions(world), key, tokenEndpoint: tokenEndpoint(world) };
    const traded = await failure(ask(connect(jwtExchange(options))));
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
    const { authorizationParameters, authorizeUrl, message } = await failure(call);
    const parameters: AuthorizationParameters = authorizationParameters ?? {};
    equal(parameters.sessionRequiredPolicies?.join(), world.policyId, "policies");
    const url = new URL(authorizeUrl ?? "");
    equal(url.searchParams.get("session_required_policies"), world.policyId, "policies in the address");
    includes(message, url.href);
  }],
  ["a service account is told that it cannot log in", async ({ world, connect, failure }) => {
    const client = connect(clientCredentials(account(world)));
    const functionId = await registerSource(client, { source: SOURCE });
    const call = batchRun(client, { endpointId: world.policyEndpointId, tasks: [{ functionId }] });
    const { message, authorizeUrl } = await failure(call);
    includes(message, `A service account (${world.clientId}) cannot log in`);
    equal(new URL(authorizeUrl ?? "").origin, new URL(world.issuer).origin, "issuer");
  }],
  ["no token and no secret follows a redirect", async ({ world, connect, ask, countStrays, failure }) => {
    const { redirectUrl: issuer, clientId, clientSecret, nativeClientId, accessToken: userToken } = world;
    const options = { ...jwtOptions(world), tokenEndpoint: `${issuer}/token` };
    const authorizers = [
      clientCredentials({ issuer, clientId, clientSecret }),
      dependentToken({ issuer, clientId, clientSecret, userToken }),
      jwtExchange(options),
      jwtExchange({ ...options, clientId: nativeClientId }),
    ];
    for (const authorizer of authorizers) includes((await failure(ask(connect(authorizer)))).message, "307");
    const client = connect(accessToken(userToken), { baseUrl: issuer });
    let error: unknown;
    await ask(client).catch((reason) => error = reason);
    includes(String(error), "307");
    equal(await countStrays(), 0, "requests elsewhere");
    await (await fetch(issuer)).text(); // It would have been seen.
    equal(await countStrays(), 1, "requests elsewhere");
  }],
];
