/** `local` starts a service that works, says how to reach it, and leaves no process behind. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { descendantsOf, running } from "../support/processes.ts";
import { run } from "../support/run.ts";
import { callCli } from "./call_cli.ts";
import { commandOf, environment, startCli, workspace } from "./cli_process.ts";

/** Starts `local` as a user would, and reads what it prints until its last line is there. */
async function startLocal(args: string[], place: { path: string }) {
  // As npx sets it for what it starts: Deno, by the README.
  const env = { ...environment(place.path), npm_command: "exec" };
  const child = startCli(["local", ...args], { env, cwd: place.path });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let banner = "";
  while (!/What tasks print follows\.|\}\n$/.test(banner)) {
    const { done, value } = await reader.read();
    if (done) break;
    banner += value;
  }
  const rest = async () => {
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    return text;
  };
  return { child, banner, rest };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`local prints what is needed, and leaves no process behind after ${signal}`, async () => {
    await using place = await workspace();
    const { child, banner, rest } = await startLocal(["--port", "0", "--workers", "2"], place);
    assertMatch(banner, /address {4}http:\/\/127\.0\.0\.1:\d+\n/);
    assertStringIncludes(banner, "4b116d3c-1703-4f8f-9f6f-39921e5864df");

    // What it prints to be pasted is pasted, into a shell, and does what it says.
    const example = /^export [^]*? --args 21$/m.exec(banner)?.[0] as string;
    const [program, first] = commandOf();
    const command = [program, ...first].map((word) => `'${word}'`).join(" ");
    const script = example.replace(/^npx -y deno@[\d.]+ task cli/m, command);
    const pasted = await run(
      "sh",
      ["-c", `export GLOBUS_COMPUTE_USER_DIR=${place.file("user")}\n${script}`],
      place.path,
    );
    assertEquals({ stdout: pasted.stdout, code: pasted.code }, { stdout: "42\n", code: 0 }, pasted.stderr);

    const workers = await descendantsOf(child.pid);
    assertEquals(workers.length, 2);
    child.kill(signal);
    assertStringIncludes(await rest(), "Stopped.");
    const { code } = await child.status;
    await child.stderr.cancel();
    assertEquals(code, 0);
    assertEquals(await running(workers), []);
  });
}

Deno.test("local --json prints a line for a program, and nothing else", async () => {
  await using place = await workspace();
  const { child, banner, rest } = await startLocal(["--port", "0", "--workers", "1", "--json"], place);
  const { baseUrl, accessToken, endpointId, workers } = JSON.parse(banner);
  assertEquals(workers, 1);
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await fetch(`${baseUrl}/v2/endpoints/${endpointId}/status`, { headers });
  assertEquals((await answer.json()).status, "online");
  child.kill("SIGINT");
  assertEquals(await rest(), "");
  await child.stderr.cancel();
  assertEquals((await child.status).code, 0);
});

Deno.test("local refuses what it cannot use in one line", async () => {
  await using taken = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
  await using place = await workspace();
  const cases: [args: string[], message: RegExp][] = [
    [["--port", "http"], /^Cannot use '--port': it must be a whole number from 0 to 65535, not 'http';/],
    [["--workers", "0"], /^Cannot use '--workers': it must be a whole number from 1 to 1024, not '0';/],
    [
      ["--python", "no-such-python", "--port", "0"],
      /"no-such-python" was not found.*install Python 3\.8 or newer/,
    ],
    [["--port", String(taken.addr.port), "--workers", "1"], /^Port \d+ is taken: choose another one/],
    [["--prot", "1"], /'--prot'/],
    [["--port", ""], /^Cannot use '--port': it must be a whole number/],
    [["--latency-ms", "9-1"], /^Cannot use '--latency-ms': it must be milliseconds, such as 250 or 100-900/],
    [["--queue-delay-ms", "soon"], /^Cannot use '--queue-delay-ms': it must be milliseconds/],
    [["--seed", "1.5"], /^Cannot use '--seed': it must be a whole number/],
    [["--max-requests", "0"], /^Cannot use '--max-requests': it must be a whole number/],
    [
      ["--fail", "often"],
      /^Cannot use '--fail': it must be a kind and a share from 0 to 1, such as serverError=0\.1/,
    ],
    [["--fail", "sometimes=0.5"], /, not 'sometimes=0\.5'; the kinds are tooManyRequests, serverError,/],
    [["--fail", "htmlPage=1.5"], /^Cannot use '--fail': it must be a kind and a share from 0 to 1/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await callCli(["local", ...args], { env: environment(place.path) });
    assertMatch(stderr, message);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], stderr);
  }
});

Deno.test("local lets go wrong what it is told to", async () => {
  const faults = [
    "--read-once",
    "--latency-ms",
    "0-1",
    "--queue-delay-ms",
    "1",
    "--seed",
    "7",
    "--max-requests",
    "3",
  ];
  await using place = await workspace();
  const { child, banner, rest } = await startLocal(
    [
      "--port",
      "0",
      "--workers",
      "1",
      "--offline",
      ...faults,
      "--fail",
      "unavailable=0.0",
      "--fail",
      "htmlPage=0",
    ],
    place,
  );
  const baseUrl = /address {4}(\S+)/.exec(banner)?.[1];
  const headers = { authorization: `Bearer ${/token {6}(\S+)/.exec(banner)?.[1]}` };
  const endpoint = `${baseUrl}/v2/endpoints/4b116d3c-1703-4f8f-9f6f-39921e5864df/status`;
  assertEquals(await (await fetch(endpoint, { headers })).json(), { status: "offline" });
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    const response = await fetch(endpoint, { headers });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [200, 200, 429]);
  child.kill("SIGINT");
  await rest();
  await child.stderr.cancel();
  assertEquals((await child.status).code, 0);
});
