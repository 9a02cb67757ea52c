/**
 * `batch` reads rows as they are written, runs each once, and writes each result once: within this process,
 * on a real service with Python.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startLocalService } from "../../src/local/mod.ts";
import { freePort } from "../support/free_port.ts";
import { countLines, until } from "../support/until.ts";
import { callCli } from "./call_cli.ts";
import { environment, workspace } from "./cli_process.ts";

const SOURCE = `
import os, time
def kinds(**kwargs):
    return {name: repr(value) for name, value in kwargs.items()}
def divide(a, b=1):
    return a / b
def held(a, gate):
    while gate is not None and not os.path.exists(gate):
        time.sleep(0.02)
    return a
def note(a, path):
    with open(path, "a") as f:
        f.write(f"{a}\\n")
    return a
`;

/** A batch on a local service, in a directory of its own. */
async function setUp(options: Parameters<typeof startLocalService>[0] = {}) {
  const local = await startLocalService({ workers: 2, ...options });
  const place = await workspace();
  const env = environment(place.path, local);
  const file = await place.write("work.py", SOURCE);
  const out = place.file("results.jsonl");
  return {
    local,
    place,
    env,
    out,
    argsOf: (name: string, from: string, ...more: string[]) => [
      ...["batch", `${file}:${name}`, "--endpoint", local.endpointId, "--from", from, "--out", out],
      ...more,
    ],
    async [Symbol.asyncDispose]() {
      await local.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

Deno.test("batch runs a row of CSV each: numbers as they are written, all else as text", async () => {
  await using at = await setUp();
  const csv =
    '\ufeffa,b, c\r\n1,1.0,"x, y"\r\n-2e3,007,\r\n12345678901234567890,.5,"say ""é"""\r\n\r\n0, true ,null\r\n';
  const from = await at.place.write("rows.csv", csv);
  const { code, stdout, stderr } = await callCli(at.argsOf("kinds", from), { env: at.env });
  assertEquals([code, stdout], [0, `4 of 4 tasks succeeded: ${at.out}\n`], stderr);
  const results = (await at.place.lines("results.jsonl")).sort((one, other) => one.index - other.index);
  assertEquals(results.map(({ result }) => [result.a, result.b, result.c]), [
    ["1", "1.0", "'x, y'"],
    ["-2000.0", "'007'", "''"],
    ["12345678901234567890", "'.5'", "'say \"é\"'"],
    ["0", "'true'", "'null'"],
  ]);
  const lines = (await at.place.read("results.jsonl")).split("\n");
  assert(
    lines.some((line) => line.endsWith('"kwargs":{"a":12345678901234567890,"b":".5","c":"say \\"é\\""}}')),
  );
});

Deno.test("batch keeps cells text with --strings, and takes another delimiter", async () => {
  await using at = await setUp();
  const from = await at.place.write("rows.txt", "a;b\n1;2,5\n");
  const more = ["--format", "csv", "--delimiter", ";", "--strings"];
  const { code } = await callCli(at.argsOf("kinds", from, ...more), { env: at.env });
  assertEquals([code, (await at.place.lines("results.jsonl"))[0].result], [0, { a: "'1'", b: "'2,5'" }]);
  const tsv = await at.place.write("rows.tsv", "a\tb\n1\t2\n");
  const args = at.argsOf("kinds", tsv).map((arg) => arg === at.out ? at.place.file("tsv.jsonl") : arg);
  assertEquals((await callCli(args, { env: at.env })).code, 0);
  assertEquals((await at.place.lines("tsv.jsonl"))[0].result, { a: "1", b: "2" });
});

Deno.test("batch reads JSON lines from standard input, and tells which row failed", async () => {
  await using at = await setUp();
  const stdin = '[6, 3]\n\n{"a": 1, "b": 0}\n{"a": 1.5}\n';
  const args = at.argsOf("divide", "-", "--format", "jsonl", "--json");
  const { code, stdout, stderr } = await callCli(args, { env: at.env, stdin });
  assertEquals(code, 1);
  const { total, success, failed, out } = JSON.parse(stdout);
  assertEquals([total, success, failed, out], [3, 2, 1, at.out]);
  assertStringIncludes(stderr, "The first that did not, row 1: ZeroDivisionError: division by zero\n");
  const results = (await at.place.lines("results.jsonl")).sort((one, other) => one.index - other.index);
  assertEquals(results.map(({ state, result, args, kwargs }) => ({ state, result, args, kwargs })), [
    { state: "success", result: 2, args: [6, 3], kwargs: undefined },
    { state: "failed", result: undefined, args: undefined, kwargs: { a: 1, b: 0 } },
    { state: "success", result: 1.5, args: undefined, kwargs: { a: 1.5 } },
  ]);
  assertEquals(results[1].error.type, "ZeroDivisionError");
});

Deno.test("batch is the same batch for the same rows, and another one for another key", async () => {
  await using at = await setUp();
  const ran = at.place.file("ran.txt");
  const row = (a: number) => JSON.stringify({ a, path: ran });
  const from = await at.place.write("rows.jsonl", `${row(1)}\n${row(2)}\n`);
  const first = await callCli(at.argsOf("note", from, "--json"), { env: at.env });
  await Deno.remove(at.out); // The results are not lost with the file.
  const again = await callCli(at.argsOf("note", from, "--json"), { env: at.env });
  assertEquals([again.code, again.stdout], [0, first.stdout]);
  assertEquals((await at.place.lines("results.jsonl")).length, 2);
  assertEquals((await at.place.read("ran.txt")).length, 4);

  const keyed = at.argsOf("note", from, "--key", "second", "--json");
  const foreign = await callCli(keyed, { env: at.env });
  assertEquals(foreign.code, 2);
  assertMatch(
    foreign.stderr,
    /^Cannot write results to '.*': it has those of another batch; name another file\n$/,
  );
  assertEquals((await at.place.read("ran.txt")).length, 4, "nothing was sent");
  await Deno.remove(at.out);
  const second = await callCli(keyed, { env: at.env });
  assertEquals([second.code, JSON.parse(second.stdout).key], [0, "second"]);
  assertEquals((await at.place.read("ran.txt")).length, 8);

  await at.place.write("rows.jsonl", `${row(3)}\n`);
  const other = await callCli(keyed, { env: at.env });
  assertEquals(other.code, 2);
  assertMatch(other.stderr, /^Cannot use key 'second': it stands for another batch/);
});

Deno.test("batch stops waiting after --timeout and after Ctrl-C, and goes on from there", async () => {
  await using at = await setUp();
  const gate = at.place.file("gate");
  const rows = [null, null, gate, gate].map((gate, a) => JSON.stringify({ a, gate }));
  const from = await at.place.write("rows.jsonl", rows.join("\n"));
  const interruption = new AbortController();
  const [interrupted] = await Promise.all([
    callCli(at.argsOf("held", from), { env: at.env, signal: interruption.signal }),
    until("two results", async () => await countLines(at.out) === 2).finally(() => interruption.abort()),
  ]);
  assertEquals([interrupted.code, interrupted.stdout], [130, ""]);
  assertMatch(
    interrupted.stderr,
    /2 of 4 results are in .*results\.jsonl; the tasks go on, and the same command picks them up\nInterrupted\n$/,
  );
  const over = await callCli(at.argsOf("held", from, "--timeout", "1"), { env: at.env });
  assertEquals([over.code, over.stdout], [6, ""]);
  assertMatch(over.stderr, /2 results are in .* already\n[^]*the same command picks them up\n/);
  await Deno.writeTextFile(gate, "");
  const done = await callCli(at.argsOf("held", from), { env: at.env });
  assertEquals([done.code, done.stdout], [0, `4 of 4 tasks succeeded: ${at.out}\n`]);
  assertEquals((await at.place.lines("results.jsonl")).map(({ index }) => index).sort(), [0, 1, 2, 3]);
});

Deno.test("batch lets one process at a time write to a file", async () => {
  await using at = await setUp();
  const gate = at.place.file("gate");
  const from = await at.place.write("rows.jsonl", JSON.stringify({ a: 1, gate }));
  const second = Promise.withResolvers<Awaited<ReturnType<typeof callCli>>>();
  const first = await callCli(at.argsOf("held", from), {
    env: at.env,
    onMessage(text) {
      if (!text.startsWith("1 tasks")) return;
      const other = callCli(at.argsOf("held", from), { env: at.env });
      second.resolve(other.finally(() => Deno.writeTextFile(gate, "")));
    },
  });
  assertEquals(first.code, 0);
  const { code, stderr } = await second.promise;
  assertEquals(code, 2);
  assertMatch(
    stderr,
    /^Waiting for up to 20 s .*\nCannot write results to '.*': another process of this program \(\d+\) is doing so\n$/,
  );
  assertEquals((await at.place.lines("results.jsonl")).length, 1);
});

Deno.test("batch writes nothing of tasks that the service has forgotten, and says so", async () => {
  await using place = await workspace();
  const file = await place.write("work.py", SOURCE);
  const never = JSON.stringify(place.file("never"));
  const from = await place.write("rows.jsonl", `{"a": 1, "gate": null}\n{"a": 2, "gate": ${never}}\n`);
  const args = (endpointId: string) => [
    ...["batch", `${file}:held`, "--endpoint", endpointId, "--from", from, "--out", place.file("out.jsonl")],
  ];
  const port = freePort();
  for (const life of [1, 2]) {
    await using local = await startLocalService({ workers: 1, port });
    const timeout = life === 1 ? ["--timeout", "1"] : [];
    const { code, stdout, stderr } = await callCli([...args(local.endpointId), ...timeout], {
      env: environment(place.path, local),
    });
    if (life === 1) assertEquals(code, 6, stderr);
    else {
      assertEquals(code, 1);
      assertMatch(stdout, /^\d of 2 tasks succeeded, \d the service does not know, or has forgotten: /);
      assertStringIncludes(
        stderr,
        "To run all rows again as new tasks, give the batch another name by --key",
      );
    }
  }
  assert((await place.lines("out.jsonl")).every(({ state }) => state === "success"));
});

Deno.test("batch says in a line what is wrong with rows and files, and sends nothing", async () => {
  await using at = await setUp();
  const at2 = (name: string, text: string) => at.place.write(name, text);
  await at2("other.txt", "not mine\n");
  const cases: [from: string, more: string[], message: RegExp][] = [
    [await at2("a.csv", "a,b\n1,2\n1,secret,3\n"), [], /a\.csv': line 3 has another number of cells/],
    [await at2("b.csv", 'a,b\n1,"secret\n'), [], /line \d opens a quotation that nothing closes/],
    [await at2("c.csv", 'a,b\n1,se"cret\n'), [], /line 2 has a " in a cell that does not begin with one/],
    [await at2("d.csv", ""), [], /it is empty: its first line has to name the keyword arguments/],
    [await at2("e.csv", "a,b\n"), [], /there are no rows in it/],
    [
      await at2("f.csv", "a;b\n1;2\n"),
      [],
      /column 1 of its first line is no name of a keyword argument; is --delim/,
    ],
    [await at2("g.csv", "a,a\n1,2\n"), [], /two columns have the name 'a'/],
    [await at2("h.jsonl", '{"a": 1}\nsecret\n'), [], /line 2 is no JSON\n/],
    [await at2("i.jsonl", "3\n"), [], /line 1 is neither an object of keyword arguments nor an array/],
    [
      await at2("j.jsonl", '{"a":1}\n'),
      ["--strings"],
      /^Cannot use '--strings' and '--delimiter' with JSON lines/,
    ],
    [await at2("k.dat", "a\n1\n"), [], /^Cannot tell what the rows in '.*k\.dat' are: give --format/],
    [at.place.file("none.csv"), [], /^Cannot use '.*none\.csv': there is no such file or directory\n/],
    [await at2("l.jsonl", "[]\n"), ["--out", at.place.path], /'--out' is given twice/],
  ];
  for (const [from, more, message] of cases) {
    const { code, stdout, stderr } = await callCli(at.argsOf("kinds", from, ...more), { env: at.env });
    assertMatch(stderr, message);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [2, "", 1], stderr);
    assert(!stderr.includes("secret"));
  }
  const rows = await at2("ok.jsonl", "[]\n");
  for (
    const [out, message] of [
      [at.place.path, /^Cannot write results to '.*': it is a directory\n$/],
      [
        at.place.file("none/out.jsonl"),
        /^Cannot write results to '.*': there is no such file or directory\n$/,
      ],
      [
        at.place.file("other.txt"),
        /^Cannot write results to '.*other\.txt': it has something else in it; name/,
      ],
      ["/dev/null", /^Cannot write results to '\/dev\/null': it is no file\n$/],
    ] as const
  ) {
    const args = at.argsOf("kinds", rows).map((arg) => arg === at.out ? out : arg);
    const { code, stderr } = await callCli(args, { env: at.env });
    assertMatch(stderr, message);
    assertEquals(code, 2);
  }
  assertEquals(await at.place.read("other.txt"), "not mine\n");
});
