/**
 * The help has each command, option and exit code; wrong arguments are told in one line; the entry is a
 * program on Deno and Node.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT_CODES } from "../../src/cli/exit_codes.ts";
import { ROOT } from "../support/run.ts";
import { callCli } from "./call_cli.ts";
import { environment, runCli, startCli, workspace } from "./cli_process.ts";

const COMMON = ["--json", "--quiet"];
const SERVICE = ["--base-url URL", "--environment NAME", "--issuer URL", "--timeout SECONDS"];
const TASK = ["FILE.py:FUNCTION", "--endpoint ID", "--config JSON", "--resources JSON"];

const OPTIONS: Record<string, readonly string[]> = {
  login: ["--client-id ID", "--port N", "--issuer URL", "--timeout SECONDS"],
  logout: ["--issuer URL", "--timeout SECONDS"],
  whoami: SERVICE,
  endpoints: ["--all", "--status", ...SERVICE],
  run: ["--args JSON", "--kwargs JSON", "--detach", ...TASK, ...SERVICE],
  batch: [
    ...[
      "--from FILE",
      "--out FILE",
      "--format NAME",
      "--delimiter CHARACTER",
      "--strings",
      "--key NAME",
      "--resend",
    ],
    ...TASK,
    ...SERVICE,
  ],
  status: ["TASK_ID", "--group ID", "--wait", ...SERVICE],
  local: [
    ...["--port N", "--workers N", "--python PATH", "--task-seconds N", "--max-requests N", "--read-once"],
    ...["--latency-ms N", "--queue-delay-ms N", "--offline", "--fail KIND=RATE", "--seed N", "serverError"],
  ],
  generate: ["FILE_OR_URL", "--out DIR", ...SERVICE],
};

Deno.test("help of each command has its options and the exit codes, on standard output, in 100 columns", async () => {
  await using place = await workspace();
  const env = environment(place.path);
  for (const [name, options] of Object.entries(OPTIONS)) {
    const { code, stdout, stderr } = await callCli([name, "--help"], { env });
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, new RegExp(`^Usage: globus-edge ${name}\\b`, "m"));
    for (const option of [...options, ...COMMON]) assertStringIncludes(stdout, option, `${name} ${option}`);
    for (const [exit, meaning] of EXIT_CODES) assertMatch(stdout, new RegExp(`^ +${exit} +${meaning}$`, "m"));
    for (const line of stdout.split("\n")) {
      assert(line.length <= 100 && line === line.trimEnd(), `${name}: '${line}'`);
    }
    assertEquals((await callCli(["help", name], { env })).stdout, stdout);
  }
});

Deno.test("help names each command, and stands where there is none", async () => {
  await using place = await workspace();
  const env = environment(place.path);
  const { code, stdout } = await callCli(["--help"], { env });
  assertEquals(code, 0);
  for (const name of Object.keys(OPTIONS)) assertMatch(stdout, new RegExp(`^ {2}${name} +[A-Z]`, "m"));
  const none = await callCli([], { env });
  assertEquals([none.code, none.stdout], [2, stdout]);
  const documented = await Deno.readTextFile(new URL("src/cli/mod.ts", ROOT));
  for (const [exit] of EXIT_CODES) assertMatch(documented, new RegExp(`^ \\* \\| ${exit} \\| `, "m"));
});

Deno.test("wrong arguments are told in a line, with what was meant", async () => {
  await using place = await workspace();
  const env = environment(place.path);
  const cases: [args: string[], message: RegExp][] = [
    [
      ["rn"],
      /^Unexpected option or subcommand: 'rn'. Did you mean 'run'\?; 'globus-edge --help' tells more\n$/,
    ],
    [["endpoints", "--al"], /^Unexpected option or subcommand: '--al';/],
    [
      ["login", "--port", "http"],
      /^Cannot use '--port': it must be a whole number from 1 to 65535, not 'http';/,
    ],
    [["login", "--port"], /'--port' requires 'N'/],
    [["whoami", "--environment", "mars"], /^Cannot use '--environment': it must be one of production, /],
    [["whoami", "--json=1"], /'--json' takes no value/],
    [["status"], /^Which tasks\? Name their ids, or a task group by --group\n$/],
    [["generate"], /'--out' is missing/],
    [
      ["whoami", "--environment", "local", "--base-url", "http://localhost:1"],
      /^Cannot use both '--base-url' and/,
    ],
    [
      ["whoami", "--environment", "local"],
      /^Cannot tell who lets you in at the environment 'local': name its/,
    ],
    [
      ["endpoints", "--environment", "preview"],
      /^Cannot tell where you are logged in for the environment 'preview'/,
    ],
    [
      ["endpoints", "--base-url", "http://example.org"],
      /^Cannot use 'baseUrl' with http:\/\/example\.org: cred/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await callCli(args, { env });
    assertMatch(stderr, message);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], stderr);
  }
  const json = await callCli(["rn", "--json"], { env });
  const { exitCode, code } = JSON.parse(json.stdout).error;
  assertEquals([exitCode, code], [2, "ERR_USAGE"]);
});

for (const runtime of ["deno", "node"] as const) {
  Deno.test(`the entry is a program, on ${runtime}`, async () => {
    await using place = await workspace();
    const options = { env: environment(place.path), cwd: place.path, runtime };
    const version = await runCli(["--version"], options);
    const { version: expected } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
    assertEquals(version, { code: 0, stdout: `${expected}\n`, stderr: "" });
    const wrong = await runCli(["run"], options);
    assertEquals([wrong.code, wrong.stdout], [2, ""]);
    // Whoever reads has seen enough.
    const child = startCli(["batch", "--help"], options);
    await child.stdout.cancel();
    const { code } = await child.status;
    const stderr = await new Response(child.stderr).text();
    assertEquals([code, stderr], [0, ""]);
  });
}

Deno.test("the entry is a library, where another module is the program", async () => {
  await using place = await workspace();
  const entry = new URL("src/cli/mod.ts", ROOT).href;
  const program = await place.write(
    "program.ts",
    `
import { main } from ${JSON.stringify(entry)};
let text = "";
const out = { write: (part: string) => text += part };
const code = await main(["--version"], { stdin: [], stdout: out, stderr: out, env: {} });
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify([code, text])));
`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", new URL("deno.json", ROOT).pathname, program, "run", "--help"],
  }).output();
  assertEquals(new TextDecoder().decode(stdout), '[0,"0.1.0\\n"]');
});
