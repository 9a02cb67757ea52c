import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
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
  for (const option of ["--port", "--workers", "--python", "--task-seconds"]) {
    assertStringIncludes(stdout, option);
  }
});
