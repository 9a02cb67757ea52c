/** Each way to an authorizer runs a function through the service, start to end. */
import {
  accessToken,
  type AuthorizerContext,
  clientCredentials,
  createClient,
  fromEnvironment,
  jwt,
  logout,
  memoryStore,
  refreshToken,
} from "../../mod.ts";
import { type Case, equal, includes } from "./auth_world.ts";
import { account, jwtOptions, RENEWING } from "./constructors.ts";

export const CONSTRUCTOR_CASES: readonly Case[] = [
  ["accessToken() with a token", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(accessToken(world.accessToken)));
  }],
  ["accessToken() with a function", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(accessToken(() => Promise.resolve(world.accessToken))));
  }],
  ["jwt()", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(jwt(jwtOptions(world))));
  }],
  ["fromEnvironment() with a token", async ({ world, connect, roundTrip }) => {
    await roundTrip(connect(fromEnvironment({ GLOBUS_COMPUTE_ACCESS_TOKEN: world.accessToken })));
  }],
  ...RENEWING.map(({ name, make }): Case => [name, async (tools) => {
    const client = tools.connect(make(tools));
    await tools.roundTrip(client);
    equal(tools.sentBy(client).tokenRequests, 1, "requests for a token");
  }]),
  ["a byte order mark before the answers of the token endpoint, and none of its defaults", async (tools) => {
    const { world } = tools;
    let answers = 0;
    const client = createClient({
      authorizer: clientCredentials(account(world)),
      baseUrl: world.baseUrl,
      fetch: async (request) => {
        const response = await fetch(request);
        if (!request.url.endsWith("/token")) return response;
        answers++;
        const { token_type: _, ...token } = await response.json();
        return new Response(`\ufeff${JSON.stringify({ ...token, refresh_token: null })}`, {
          status: response.status,
          headers: { "content-type": "application/json" },
        });
      },
    });
    equal(await tools.ask(client), "online", "status");
    equal(answers, 1, "answers");
  }],
  ["an authorizer of one's own", async ({ world, connect, roundTrip }) => {
    const contexts: AuthorizerContext[] = [];
    const client = connect((request, context) => {
      contexts.push(context);
      request.headers.set("authorization", `Bearer ${world.accessToken}`);
      return request;
    });
    await roundTrip(client);
    equal(contexts.every((context) => context.client === client), true, "the client");
  }],
  ["refreshToken() tells of each rotation", async (tools) => {
    const { world: { issuer, nativeClientId: clientId }, connect, roundTrip, ask, expire } = tools;
    const rotated: string[] = [];
    const onRotate = (next: string) => void rotated.push(next);
    const client = connect(
      refreshToken({ issuer, clientId, refreshToken: tools.takeRefreshToken(), onRotate }),
    );
    await roundTrip(client);
    await expire();
    await ask(client);
    equal(rotated.length, 2, "rotations");
    await ask(connect(refreshToken({ issuer, clientId, refreshToken: rotated[1] as string })));
  }],
  ["two clients of one refreshToken() renew at the same time", async (tools) => {
    const { world: { issuer, nativeClientId: clientId }, connect, ask, expire } = tools;
    const authorizer = refreshToken({ issuer, clientId, refreshToken: tools.takeRefreshToken() });
    const clients = [connect(authorizer), connect(authorizer), connect(authorizer)];
    for (let round = 0; round < 3; round++) {
      equal((await Promise.all(clients.map(ask))).join(), "online,online,online", "answers");
      await expire();
    }
  }],
  ["a cache spares the next client the request for a token", async ({ world, connect, ask, sentBy }) => {
    const cache = memoryStore();
    const clients = [1, 2, 3].map(() => connect(clientCredentials({ ...account(world), cache })));
    for (const client of clients) await ask(client);
    equal(clients.map((client) => sentBy(client).tokenRequests).join(), "1,0,0", "requests for a token");
    const { otherClientId: clientId, otherClientSecret: clientSecret, issuer } = world;
    const other = connect(clientCredentials({ issuer, clientId, clientSecret, cache }));
    await ask(other);
    equal(sentBy(other).tokenRequests, 1, "requests for a token by another client");
    const [shown] = sentBy(other).bearers;
    equal(clients.some((client) => sentBy(client).bearers.has(shown as string)), false, "shared");
  }],
  ["logout() revokes a person's tokens", async ({ world, connect, ask, failure, takeRefreshToken }) => {
    const options = { issuer: world.issuer, clientId: world.nativeClientId };
    const rotated = [takeRefreshToken()];
    const onRotate = (next: string) => void rotated.push(next);
    const client = connect(refreshToken({ ...options, refreshToken: rotated[0] as string, onRotate }));
    await ask(client);
    equal((await logout(client)).revoked.join(), "access_token,refresh_token", "revoked");
    const left = rotated.at(-1) as string;
    const error = await failure(ask(connect(refreshToken({ ...options, refreshToken: left }))));
    includes(error.message, "log in again");
  }],
];
