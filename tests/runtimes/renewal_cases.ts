/** What becomes of calls and waits whose token ends. */
import { accessToken, type Client, clientCredentials, jwt, logout, memoryStore } from "../../mod.ts";
import { type Case, equal, type Tools } from "./auth_world.ts";
import { account, jwtOptions, RENEWING } from "./constructors.ts";

const TWO_DAYS_MS = 48 * 3_600_000;

/** Makes 50 calls at once, which have to succeed with one request for a token. */
async function fiftyCalls(tools: Tools, client: Client): Promise<void> {
  const before = tools.sentBy(client).tokenRequests;
  const answers = await Promise.all(Array.from({ length: 50 }, () => tools.ask(client)));
  equal(answers.filter((answer) => answer === "online").length, 50, "answers");
  equal(tools.sentBy(client).tokenRequests - before, 1, "requests for a token");
}

/** Lets clients wait for a batch each, ends their tokens, and has them all come to the results. */
async function waitOver(tools: Tools, clients: readonly Client[], end: () => Promise<void>): Promise<void> {
  const wait = await tools.submitHeld(clients);
  const before = clients.map((client) => tools.sentBy(client).tokenRequests);
  await end();
  equal((await wait()).join(), clients.map(() => "2 4 6").join(), "results");
  for (const [i, client] of clients.entries()) {
    const { tokenRequests, refusals } = tools.sentBy(client);
    equal(tokenRequests - (before[i] as number), 1, `requests for a token by ${RENEWING[i]?.name}`);
    equal(refusals > 0, true, `${RENEWING[i]?.name} was refused`);
  }
}

export const RENEWAL_CASES: readonly Case[] = [
  ...RENEWING.flatMap(({ name, make, owner }): Case[] => [
    [`50 calls of ${name} with a token that has expired at the service`, async (tools) => {
      const client = tools.connect(make(tools));
      await tools.ask(client);
      await tools.expire();
      await fiftyCalls(tools, client);
    }],
    [`50 calls of ${name} with a token whose time is over`, async (tools) => {
      const ahead = { ms: 0 };
      const client = tools.connect(make(tools), { ahead });
      await tools.ask(client);
      ahead.ms = TWO_DAYS_MS - 59_000; // It is renewed a minute early.
      await fiftyCalls(tools, client);
      equal(tools.sentBy(client).refusals, 0, "refusals");
    }],
    [`50 calls of ${name} with a token that was revoked`, async (tools) => {
      const client = tools.connect(make(tools));
      await tools.ask(client);
      await tools.revoke(client, owner(tools.world));
      await fiftyCalls(tools, client);
    }],
  ]),
  ["50 first calls", async (tools) => {
    await fiftyCalls(tools, tools.connect(clientCredentials(account(tools.world))));
  }],
  ["50 calls with a token that another client has revoked and left in the cache", async (tools) => {
    const cache = memoryStore();
    const options = {
      ...account(tools.world),
      cache: { ...cache, delete: () => Promise.reject(new Error("full")) },
    };
    const client = tools.connect(clientCredentials(options));
    await tools.ask(client);
    await logout(tools.connect(clientCredentials(options)));
    await fiftyCalls(tools, client);
    const next = tools.connect(clientCredentials(options));
    await tools.ask(next);
    equal(tools.sentBy(next).tokenRequests, 0, "requests for a token by the next client");
  }],
  ["all tokens expire while batches are waiting", async (tools) => {
    const clients = RENEWING.map(({ make }) => tools.connect(make(tools)));
    await waitOver(tools, clients, tools.expire);
  }],
  ["all tokens are revoked while batches are waiting", async (tools) => {
    const clients = RENEWING.map(({ make }) => tools.connect(make(tools)));
    await waitOver(tools, clients, async () => {
      for (const [i, { owner }] of RENEWING.entries()) {
        await tools.revoke(clients[i] as Client, owner(tools.world));
      }
    });
  }],
  ["accessToken() brings another token while a batch is waiting", async (tools) => {
    const { connect, sentBy, world } = tools;
    const source = connect(clientCredentials(account(world)));
    await tools.ask(source);
    let token = [...sentBy(source).bearers].at(-1) as string;
    let expiring = Promise.resolve();
    const client = connect(accessToken(async () => {
      await expiring;
      return token;
    }));
    const wait = await tools.submitHeld([client]);
    expiring = tools.expire().then(() => void (token = world.accessToken));
    await expiring;
    equal((await wait()).join(), "2 4 6", "results");
    equal(sentBy(client).bearers.size, 2, "tokens");
  }],
  ["a JWT ends while a batch is waiting", async (tools) => {
    const { world, connect, sentBy } = tools;
    // The client's clock is behind, then it is right: half of the JWT's time is over.
    const ahead = { ms: -31_000 };
    const client = connect(jwt({ ...jwtOptions(world), lifetimeSeconds: 60 }), { ahead });
    const wait = await tools.submitHeld([client]);
    equal(sentBy(client).bearers.size, 1, "tokens");
    ahead.ms = 0;
    // It asks now and then how far the tasks are, and makes another JWT for that in time.
    while (sentBy(client).bearers.size < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    equal((await wait()).join(), "2 4 6", "results");
    equal(sentBy(client).refusals, 0, "refusals");
  }],
];
