import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FAULT_KINDS } from "../../src/local/mod.ts";
import { descendantsOf, running } from "../support/processes.ts";
import { ROOT, run, runOnDeno } from "../support/run.ts";

/** Starts `deno task local` as a user would, and reads what it prints until its last line is there. */
async function startLocal(args: string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "scripts/local.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let banner = "";
  while (!banner.includes("What tasks print follows.")) {
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
  Deno.test(`deno task local prints what is needed, and leaves no process behind after ${signal}`, async () => {
    const { child, banner, rest } = await startLocal(["--port", "0", "--workers", "2"]);
    assertMatch(banner, /address {4}http:\/\/127\.0\.0\.1:\d+\n/);
    assertStringIncludes(banner, "4b116d3c-1703-4f8f-9f6f-39921e5864df");

    // What it prints to be pasted is pasted, into a shell, and does what it says.
    const example = /^npx -y deno@[\d.]+ (eval '\n[^']+')$/m.exec(banner)?.[1] as string;
    const pasted = await run("sh", ["-c", `"$0" ${example}`, Deno.execPath()]);
    assertEquals({ stdout: pasted.stdout, code: pasted.code }, { stdout: "42\n", code: 0 });

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

Deno.test("deno task local refuses what it cannot use in one line", async () => {
  await using taken = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response());
  const cases: [args: string[], message: RegExp][] = [
    [["--port", "http"], /^Cannot use '--port http': it must be a whole number from 0 to 65535\n$/],
    [["--workers", "0"], /^Cannot use '--workers 0'/],
    [
      ["--python", "no-such-python", "--port", "0"],
      /"no-such-python" was not found.*install Python 3\.8 or newer/,
    ],
    [["--port", String(taken.addr.port), "--workers", "1"], /^Port \d+ is taken: choose another one/],
    [["--prot", "1"], /'--prot'/],
    [["--port", ""], /^Cannot use '--port ': it must be a whole number/],
    [
      ["--latency-ms", "9-1"],
      /^Cannot use '--latency-ms 9-1': it must be milliseconds, such as 250 or 100-900\n$/,
    ],
    [["--queue-delay-ms", "soon"], /^Cannot use '--queue-delay-ms soon'/],
    [["--seed", "1.5"], /^Cannot use '--seed 1.5'/],
    [["--max-requests", "0"], /^Cannot use '--max-requests 0'/],
    [
      ["--fail", "often"],
      /^Cannot use '--fail often': it must be a kind and a share, such as serverError=0\.1\n$/,
    ],
    [
      ["--fail", "sometimes=0.5", "--port", "0", "--workers", "1"],
      /^Unknown kind of fault 'sometimes': use one of /,
    ],
    [
      ["--fail", "htmlPage=1.5", "--port", "0", "--workers", "1"],
      /^Cannot use a rate of 1\.5 for 'htmlPage'/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runOnDeno(["scripts/local.ts", ...args]);
    assertMatch(stderr, message);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
  }
});

Deno.test("deno task local --help names each option", async () => {
  const { code, stdout } = await runOnDeno(["scripts/local.ts", "--help"]);
  assertEquals(code, 0);
  const options = ["--port", "--workers", "--python", "--task-seconds", "--max-requests", "--read-once"];
  options.push("--latency-ms", "--queue-delay-ms", "--offline", "--fail", "--seed", ...FAULT_KINDS);
  for (const option of options) assertStringIncludes(stdout, option);
  for (const line of stdout.split("\n")) assert(line.length <= 120, `'${line}' is too long`);
});

Deno.test("deno task local lets go wrong what it is told to", async () => {
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
