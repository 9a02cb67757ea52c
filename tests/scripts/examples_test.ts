/**
 * Each example in `scripts/examples` runs as its user would run it, against a real service, and does what
 * the README says of it.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { parse } from "csv-parse/sync";
import { clientCredentials, createClient, getTaskGroup, registerSource } from "../../mod.ts";
import { createPortal } from "../../scripts/examples/portal_route.ts";
import { examplePush, signedPush } from "../../scripts/demo/github_push.ts";
import { type LocalService, startLocalService } from "../../src/local/mod.ts";
import { workspace } from "../cli/cli_process.ts";
import { logInWithBrowser } from "../support/log_in.ts";
import { until } from "../support/until.ts";
import { runExample, startExample } from "./example_process.ts";

function describeValues(url: string, token: string | undefined, body: unknown): Request {
  return new Request(url, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
}

async function answerOf(response: Response): Promise<[status: number, body: Record<string, unknown>]> {
  return [response.status, await response.json()];
}

Deno.test("portal_route runs Python as the user who calls it", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  const env = { PORT: "0" };
  await using portal = startExample("portal_route.ts", { local, directory: place.path, env });
  const [, url = ""] = await portal.printed(/POST your values to (\S+)\n/);
  const { accessToken } = await logInWithBrowser(local);
  const ask = async (token: string | undefined, body: unknown) =>
    await answerOf(await fetch(describeValues(url, token, body)));

  const [status, { result }] = await ask(accessToken, { values: [2, 4, 4, 4, 5, 5, 7, 9] });
  assertEquals([status, result], [200, { mean: 5, deviation: Math.sqrt(32 / 7) }]);
  const [failed, { type, error }] = await ask(accessToken, { values: [1] });
  assertEquals([failed, type], [422, "statistics.StatisticsError"]);
  assertMatch(String(error), /at least two data points/);
  assertEquals((await ask(accessToken, { values: ["1"] }))[0], 400);
  assertEquals((await ask(accessToken, "no object"))[0], 400);
  assertEquals((await ask(undefined, { values: [1, 2] }))[0], 401);
  assertEquals((await ask("of-nobody-0123456789", { values: [1, 2] }))[0], 401);
  // What lets the portal in is no user's token.
  assertEquals((await ask(local.clientSecret, { values: [1, 2] }))[0], 401);
});

Deno.test("portal_route calls the service as the user, by a token that it has for all calls of that user", async () => {
  await using local = await startLocalService({ workers: 1 });
  const { issuer, clientId, clientSecret, endpointId } = local;
  const bearers = new Set<string>();
  await using service = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      bearers.add((request.headers.get("authorization") ?? "").replace("Bearer ", ""));
      const { pathname, search } = new URL(request.url);
      const { method } = request;
      const headers = new Headers(request.headers);
      headers.delete("host");
      const body = method === "POST" ? await request.arrayBuffer() : null;
      return await fetch(local.baseUrl + pathname + search, { method, headers, body });
    },
  );
  const client = createClient({ baseUrl: local.baseUrl, authorizer: clientCredentials(local) });
  const functionId = await registerSource(client, { source: "def count(values):\n    return len(values)\n" });
  const baseUrl = `http://127.0.0.1:${service.addr.port}`;
  const portal = createPortal({ baseUrl, issuer, clientId, clientSecret, endpointId, functionId });
  const { accessToken } = await logInWithBrowser(local);
  for (const values of [[], [1, 2]]) {
    const request = describeValues("http://portal.example/describe", accessToken, { values });
    assertEquals(await answerOf(await portal(request)), [200, { result: values.length }]);
  }
  const [token = "", ...others] = bearers;
  assertEquals(others, []);
  assertNotEquals(token, accessToken);
  const introspection = await fetch(`${issuer}/v2/oauth2/token/introspect`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ token }),
  });
  const { active, username } = await introspection.json();
  assertEquals([active, username], [true, "you@localhost"]); // Not the portal's own name.
});

Deno.test("simulate_on_push runs a pushed commit once, and tells GitHub what came of it", async () => {
  await using local = await startLocalService({ workers: 2 });
  await using place = await workspace();
  const told: { path: string; token: string | null; state: string; target: string }[] = [];
  const succeeded = Promise.withResolvers<void>();
  await using api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { state, target_url: target } = await request.json();
    told.push({
      path: new URL(request.url).pathname,
      token: request.headers.get("authorization"),
      state,
      target,
    });
    if (state !== "pending") succeeded.resolve();
    return Response.json({}, { status: 201 });
  });
  const env = {
    PORT: "0",
    EDGE_BASE_URL: "https://hooks.example.org",
    EDGE_LINK_SECRETS: "a-link-secret-of-32-characters-0",
    GITHUB_WEBHOOK_SECRETS: "webhook-secret-0",
    GITHUB_TOKEN: "ghs_0123456789",
    GITHUB_API_URL: `http://127.0.0.1:${api.addr.port}`,
  };
  await using example = startExample("simulate_on_push.ts", { local, directory: place.path, env });
  const [, url = ""] = await example.printed(/Listening on (\S+)\n/);
  const { repository, commit, body } = examplePush();
  const push = (secret: string) => signedPush(`${url}/hooks/simulate`, body, secret);

  assertEquals((await answerOf(await fetch(await push("another-secret-0"))))[0], 401);
  const request = await push(env.GITHUB_WEBHOOK_SECRETS);
  const [status, { batchId, viewUrl }] = await answerOf(await fetch(request.clone()));
  assertEquals(status, 202);
  assertEquals((await answerOf(await fetch(request)))[1].batchId, batchId);
  await example.printed(new RegExp(`batchDone ${batchId}\n`));
  await succeeded.promise;
  assertEquals(
    told.map(({ path, token }) => [path, token]),
    told.map(() => [
      `/repos/${repository}/statuses/${commit}`,
      `Bearer ${env.GITHUB_TOKEN}`,
    ]),
  );
  assertEquals(told.at(-1)?.state, "success");
  assert(told.at(-1)?.target.startsWith(`https://hooks.example.org/batches/${batchId}/view?`));

  const results = String(viewUrl).replace("https://hooks.example.org", url).replace(
    "/view?",
    "/results.json?",
  );
  const document = await (await fetch(results)).json();
  const magnetizations: number[] = document.results.map(({ result }: Result) => result.magnetization);
  // Far below the critical temperature nearly all spins agree, as Onsager's solution has it; far above few do.
  const onsager = (1 - Math.sinh(2 / 1.5) ** -4) ** (1 / 8);
  assertEquals(magnetizations.length, 8);
  assert(Math.abs(magnetizations[0] as number - onsager) < 0.02, `${magnetizations}`);
  assert(magnetizations[7] as number < 0.4, `${magnetizations}`);
  const { stdout } = await example.kill();
  assertEquals(stdout.match(/batchSubmitted/g)?.length, 1);
});

interface Result {
  result: { magnetization: number };
}

async function taskCount(local: LocalService, taskGroupId: string): Promise<number> {
  const client = createClient({ baseUrl: local.baseUrl, authorizer: clientCredentials(local) });
  return (await getTaskGroup(client, taskGroupId)).tasks.length;
}

Deno.test("parameter_sweep goes on after a SIGKILL: nothing is submitted twice, no result is lost", async () => {
  // The tasks end one after another, so that there are some left when the first is seen.
  const faults = { readOnce: true, queueDelayMs: [0, 6_000] as const };
  await using local = await startLocalService({ workers: 1, faults });
  await using place = await workspace();
  const betas = Array.from({ length: 40 }, (_, i) => (0.2 + i / 100).toFixed(2));
  await place.write(
    "rows.csv",
    `beta,gamma,days\n${betas.map((beta) => `${beta},0.1,1500\n`).join("")}often,0.1,9\n`,
  );
  const options = { local, directory: place.path, args: ["rows.csv", "out.csv"] };

  await using first = startExample("parameter_sweep.ts", options);
  const [, group = ""] = await first.printed(/^41 tasks, group (\S+)\n/);
  await first.printed(/^[1-9]\d* of 41 are done\n/m);
  // Killed with an answer on its way, it would lose what the service gives once: none is, once it asks in vain.
  local.setFaults({ readOnce: true, failRate: { resetBeforeRead: 1 } });
  await until("a poll that fails", () => local.requests.some(({ fault }) => fault === "resetBeforeRead"));
  const killed = await first.kill();
  local.setFaults({ readOnce: true });
  assertEquals([killed.code, killed.stdout.includes("out.csv has")], [137, false]);

  const { code, stdout, stderr } = await runExample("parameter_sweep.ts", options);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, new RegExp(`^41 tasks, group ${group}\n`));
  assertMatch(stdout, /^out\.csv has 40 results, and 1 errors\n$/m);
  assertEquals(await taskCount(local, group), 41);

  const rows = parse<Record<string, string>>(await place.read("out.csv"), { columns: true });
  assertEquals(rows.map(({ beta }) => beta), [...betas, "often"]);
  for (const { beta, peak, peak_day, ever_infected, error } of rows.slice(0, 40)) {
    assertEquals(error, "");
    // The final size of an epidemic solves an equation of its own, whatever its course was.
    const size = Number(ever_infected);
    assert(Math.abs(0.999 * Math.exp(-Number(beta) / 0.1 * size) - (1 - size)) < 0.002, `${beta}: ${size}`);
    assert(
      Number(peak) > 0.1 && Number(peak) < size && Number(peak_day) > 0,
      `${beta}: ${peak}, ${peak_day}`,
    );
  }
  assertEquals(rows[40]?.peak, "");
  assertMatch(rows[40]?.error ?? "", /TypeError/);

  // Other rows are another sweep.
  await place.write("rows.csv", "beta,gamma\n0.3,0.1\n");
  const other = await runExample("parameter_sweep.ts", options);
  assertMatch(other.stdout, /^1 tasks, group \S+\n[^]*out\.csv has 1 results, and 0 errors\n$/);
  assertNotEquals(/group (\S+)/.exec(other.stdout)?.[1], group);
});

Deno.test("shell_command ends as its command does, and shows what that wrote", async () => {
  await using local = await startLocalService({ workers: 1 });
  await using place = await workspace();
  await place.write("it's; a file", "b\na\nb\n");
  const call = (...args: string[]) => runExample("shell_command.ts", { local, directory: place.path, args });

  const good = await call("sort {file} | uniq -c | tr -s ' '", `file=${place.file("it's; a file")}`);
  assertEquals([good.code, good.stdout], [0, " 1 a\n 2 b\n"]);
  const bad = await call("echo begun; cat {file}; exit 7", `file=${place.file("none")}`);
  assertEquals([bad.code, bad.stdout], [7, "begun\n"]);
  assertMatch(bad.stderr, /^cat: .*none.*: No such file or directory$/m);
  assertMatch(bad.stderr, /^'echo begun; cat '.*none'; exit 7' ended with 7$/m);
  const late = await call("--walltime", "0.5", "echo begun; sleep 60");
  assertEquals(late.code, 124);
  assertMatch(late.stderr, /^'echo begun; sleep 60' ended with 124$/m);
});

Deno.test("pick_up_tomorrow collects in other processes what one has submitted, more than once", async () => {
  await using local = await startLocalService({ workers: 1, faults: { readOnce: true } });
  await using place = await workspace();
  const call = (...args: string[]) =>
    runExample("pick_up_tomorrow.ts", { local, directory: place.path, args });
  const submitted = await call();
  const [, group = ""] =
    /^Submitted 10 tasks\. Tomorrow: pick_up_tomorrow\.ts (\S+)\n/.exec(submitted.stdout) ?? [];
  const collected = await call(group);
  assertEquals({ code: collected.code, stderr: collected.stderr }, { code: 0, stderr: "" });
  const [, pi] = /^Pi is about (\d\.\d{3}), after 1000000 darts\n$/m.exec(collected.stdout) ?? [];
  assert(Math.abs(Number(pi) - Math.PI) < 0.01, collected.stdout);
  // The service has forgotten the results; the store has not.
  assertEquals(await call(group), collected);
});
