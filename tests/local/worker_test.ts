/**
 * worker.py loads functions and arguments, and writes results, byte for byte as the engine of an endpoint
 * does.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { WorkerOutcome } from "../../src/local/worker_pool.ts";
import {
  callPacked,
  callSource,
  isRunning,
  JSON_RESULT,
  pack,
  valueOf,
  waitUntilGone,
  withFiles,
  withPool,
} from "./worker_helpers.ts";

const SERIALIZE = "globus_compute_sdk.serialize";
const DOUBLE = "def f(x):\n    return 2 * x\n";
const REMOTE_ERROR = {
  code: "RemoteExecutionError",
  userMessage: "An error occurred during the execution of this task",
};

/** What of an outcome does not change from run to run. */
function summary(outcome: WorkerOutcome): unknown {
  return outcome.ok
    ? outcome.data
    : { data: outcome.data, code: outcome.code, userMessage: outcome.userMessage };
}

function assertFails(outcome: WorkerOutcome, data: string): void {
  assertEquals(summary(outcome), { data, ...REMOTE_ERROR });
}

/** A pickle (protocol 0) of the name and the source of a function, as Python's `base64` codec writes it. */
function pickledSource(name: string, source: string): string {
  return btoa(`(V${name}\nV${source.replaceAll("\n", "\\u000a")}\nt.`) + "\n";
}

Deno.test("worker.py loads a function by each strategy for code", () =>
  withPool(async (pool) => {
    const cases: Record<string, string> = {
      "source": `st\nf:${DOUBLE}`,
      "source, as dill has it": `sd\nf:${DOUBLE}`,
      "pickled source": `03\n${pickledSource("f", DOUBLE)}`,
      "pickled source, as dill has it": `04\n${pickledSource("f", DOUBLE)}`,
      "all, of which the first cannot be loaded": `12\n${pack("st\nf:def f(:", "zz\n", `sd\nf:${DOUBLE}`)}`,
      "the older form of all": `10\n04\n:b2ggbm8=:03\n:${pickledSource("f", DOUBLE)}`,
    };
    for (const [name, code] of Object.entries(cases)) {
      assertEquals(summary(await callPacked(pool, code, { args: [21] })), "11\n42", name);
    }
    for (const identifier of ["01", "02"]) {
      const code = `${identifier}\n${btoa("cbuiltins\nlen\n.")}\n`;
      assertEquals(summary(await callPacked(pool, code, { args: ["abc"] })), "11\n3", identifier);
    }
  }));

Deno.test("worker.py loads arguments by each strategy for data", () =>
  withPool(async (pool) => {
    const pickled = `00\n${btoa("(I21\nt.")}\n`;
    for (
      const args of ["11\n[21]", pickled, `13\n${pack("11\n[21]", pickled)}`, `13\n${pack("11\n[", pickled)}`]
    ) {
      const taskBuffer = pack(`st\nf:${DOUBLE}`, args, `00\n${btoa("(d.")}`);
      const outcome = await pool.run({ taskId: "t", taskBuffer, resultSerializers: JSON_RESULT });
      assertEquals(summary(outcome), "11\n42", args);
    }
  }));

Deno.test("worker.py counts lengths in code points", () =>
  withPool(async (pool) => {
    const source = "def f(x, é):\n    return ['😀' + x, len(x), é]\n";
    assertEquals(await valueOf(pool, source, { args: ["🚀"], kwargs: { "é": "ß😀" } }), ["😀🚀", 1, "ß😀"]);
  }));

Deno.test("worker.py writes JSON as Python does", () =>
  withPool(async (pool) => {
    const source = "def f():\n    return [float('nan'), -0.0, 2 ** 64, (1, 'é😀\\ud800'), {1: None}]\n";
    assertEquals(
      summary(await callSource(pool, source)),
      '11\n[NaN, -0.0, 18446744073709551616, [1, "\\u00e9\\ud83d\\ude00\\ud800"], {"1": null}]',
    );
  }));

Deno.test("worker.py answers by the first serializer that takes the result", () =>
  withPool(async (pool) => {
    const set = "def f(): return {1}";
    const concrete = [`${SERIALIZE}.concretes.JSONData`, `${SERIALIZE}.DillDataBase64`];
    for (const resultSerializers of [undefined, [], concrete]) {
      const outcome = await callSource(pool, set, { resultSerializers });
      assertEquals(summary(outcome), "00\ngASVBwAAAAAAAACPlChLAZAu\n");
    }
    const all = { resultSerializers: [`${SERIALIZE}.AllDataStrategies`] };
    assertEquals(
      summary(await callSource(pool, "def f(): return [1]", all)),
      `13\n${pack("11\n[1]", "00\ngASVBgAAAAAAAABdlEsBYS4=\n")}`,
    );
    assertEquals(summary(await callSource(pool, set, all)), `13\n${pack("00\ngASVBwAAAAAAAACPlChLAZAu\n")}`);
  }));

Deno.test("worker.py writes base64 in lines of 76 characters with a line feed after the last", () =>
  withPool(async (pool) => {
    const outcome = await callSource(pool, "def f(): return 'x' * 100", { resultSerializers: [] });
    assertMatch(outcome.data, /^00\n[^\n]{76}\n[^\n]{76}\n[^\n]{1,75}\n$/);
  }));

Deno.test("worker.py answers a callable by the strategies for code", () =>
  withPool(async (pool) => {
    const run = async (source: string, strategy?: string) => {
      const resultSerializers = strategy === undefined ? undefined : [`${SERIALIZE}.${strategy}`];
      return summary(await callSource(pool, source, { resultSerializers }));
    };
    const len = "01\ngASVFAAAAAAAAACMCGJ1aWx0aW5zlIwDbGVulJOULg==\n";
    assertEquals(await run("def f(): return len"), len);
    assertEquals(await run("def f(): return len", "AllCodeStrategies"), `12\n${pack(len)}`);
    assertEquals(await run("def f(): return len", "CombinedCode"), `10\n01\n:${len.slice(3)}`);
    const fromFile = "import this_is_a_file\ndef f(): return this_is_a_file.g";
    await withFiles({ "this_is_a_file.py": "def g():\n    return 1\n" }, async (directory) => {
      const source = `import sys\nsys.path.append(${JSON.stringify(directory)})\n${fromFile}`;
      assertEquals(await run(source, "PureSourceTextInspect"), "st\ng:def g():\n    return 1\n");
      assertEquals(await run(source, "PureSourceDill"), "sd\ng:def g():\n    return 1\n");
      assertMatch(String(await run(source, "DillCodeTextInspect")), /^03\n[\w+/=\n]+\n$/);
      assertMatch(String(await run(source, "DillCodeSource")), /^04\n[\w+/=\n]+\n$/);
    });
  }));

Deno.test("worker.py says of each serializer why it does not take the result", () =>
  withPool(async (pool) => {
    const resultSerializers = ["JSONData", "DillCode", "PickleCode"].map((name) => `${SERIALIZE}.${name}`);
    const outcome = await callSource(pool, "def f(): return {1}", {
      resultSerializers: [...resultSerializers, "foo.Bar"],
    });
    const text = outcome.data.replace(/^ {4}\| {3}.*\n/gm, "").replace(/line \d+/g, "line N");
    assertFails(
      { ...outcome, data: text },
      `  | ExceptionGroup: Strategy failures: (4 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    | TypeError: Object of type set is not JSON serializable
    +---------------- 2 ----------------
    | Traceback (most recent call last):
    | globus_compute_sdk.errors.error_types.SerdeError: DillCode is a code serialization strategy, expected a data strategy.
    +---------------- 3 ----------------
    | Traceback (most recent call last):
    | globus_compute_sdk.errors.error_types.SerdeError: PickleCode is a code serialization strategy, expected a data strategy.
    +---------------- 4 ----------------
    | Traceback (most recent call last):
    | globus_compute_sdk.errors.error_types.SerdeError: Invalid strategy-like 'foo.Bar'. Expected either a SerializationStrategy instance, a subclass of SerializationStrategy, or an import path to one.
    +------------------------------------

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "<worker>", line N, in serialize_from_list
globus_compute_sdk.errors.error_types.SerializationError: Serialization failed: All strategies failed.
`,
    );
  }));

Deno.test("worker.py refuses serializers of the wrong kind, or that only load", () =>
  withPool(async (pool) => {
    const run = async (name: string) => {
      return (await callSource(pool, "def f(): return len", { resultSerializers: [`${SERIALIZE}.${name}`] }))
        .data;
    };
    const one = "  | ExceptionGroup: Strategy failures: (1 sub-exception)\n";
    assertStringIncludes(await run("JSONData"), one);
    assertStringIncludes(
      await run("JSONData"),
      "JSONData is a data serialization strategy, expected a code strategy.",
    );
    assertStringIncludes(
      await run("PickleCode"),
      "SerdeError: PickleCode is not a known serialization strategy.",
    );
  }));

Deno.test("worker.py fails a result of more than 10 MiB of characters", () =>
  withPool(async (pool) => {
    assertEquals(summary(await callSource(pool, "def f(): return 'x' * 11534336")), {
      data: "MaxResultSizeExceeded(11534341, 10485760)",
      code: "MaxResultSizeExceeded",
      userMessage: "remote error: Task result of 11534341B exceeded current limit of 10485760B",
    });
    const largest = await callSource(pool, "def f(): return 'x' * (10485760 - 5)");
    assertEquals([largest.ok, largest.data.length], [true, 10485760]);
  }));

Deno.test("worker.py answers an exception by its traceback, without frames of its own", () =>
  withPool(async (pool) => {
    const trace = "Traceback (most recent call last):\n";
    const inF = `${trace}  File "<string>", line 2, in f\n`;
    const cases: [source: string, data: string][] = [
      ["def f():\n    raise KeyError('k')\n", `${inF}KeyError: 'k'\n`],
      [
        "def f(): raise ValueError('on line 1')",
        `${trace}  File "<string>", line 1, in f\nValueError: on line 1\n`,
      ],
      [
        "def f():\n    import no_such_module\n",
        `${inF}ModuleNotFoundError: No module named 'no_such_module'\n`,
      ],
      ["import sys\ndef f(): sys.exit(3)", `${inF}SystemExit: 3\n`],
      ["\ndef f(): raise KeyboardInterrupt", `${inF}KeyboardInterrupt\n`],
      ["\ndef f(): raise ValueError('\\ud800😀')", `${inF}ValueError: \ud800😀\n`],
    ];
    for (const [source, data] of cases) assertFails(await callSource(pool, source), data);
    const { data } = await callSource(
      pool,
      "def f():\n    try: 1 / 0\n    except Exception as e: raise OSError from e",
    );
    assertStringIncludes(
      data,
      "ZeroDivisionError: division by zero\n\nThe above exception was the direct cause",
    );
  }));

Deno.test("worker.py answers a source that cannot be run", () =>
  withPool(async (pool) => {
    const { data } = await callSource(pool, "def f(:\n    pass\n");
    assertMatch(
      data,
      /^Traceback [^]*\n {2}File "<string>", line 1\n {4}def f\(:\n[^]*\nSyntaxError: invalid syntax\n$/,
    );
    assertStringIncludes((await callSource(pool, "g = 1")).data, "KeyError: 'f'");
    assertStringIncludes((await callSource(pool, "\ud800 = 1")).data, "UnicodeEncodeError: 'utf-8'");
    const global = await callSource(pool, "1 / 0");
    assertStringIncludes(
      global.data,
      '  File "<string>", line 1, in <module>\nZeroDivisionError: division by zero\n',
    );
  }));

Deno.test("worker.py fails what is not a function with three parts", () =>
  withPool(async (pool) => {
    const run = async (...buffers: string[]) =>
      (await pool.run({ taskId: "t", taskBuffer: pack(...buffers) })).data;
    const two = await run("st\nf:def f(): pass", "11\n[]");
    assertMatch(two, /^Traceback [^]*\nAssertionError: Unpack expects 3 buffers, got 2\n$/);
    const unknown = await run("zz\nabc", "11\n[]", "11\n{}");
    const invalid = "DeserializationError: Deserialization failed: Invalid header: zz\n in data payload\n";
    assertEquals(unknown.slice(-invalid.length), invalid);
    const none = await run(`12\n${pack("st\nf:def f(:", "zz\n")}`, "11\n[]", "11\n{}");
    assertMatch(
      none,
      /\n\nDeserialization errors:\n\* SyntaxError: .*\n\* DeserializationError: .*: zz\n in data payload\n$/,
    );
    const nameless = "import functools\nf = functools.partial(len)";
    assertMatch(
      await run(`st\nf:${nameless}`, "11\n[]", "11\n{}"),
      /AttributeError: .*no attribute '__name__'/,
    );
  }));

Deno.test("worker.py answers whatever a task raises or returns", () =>
  withPool(async (pool) => {
    const failures = [
      "class E(Exception):\n    def __str__(self): raise RuntimeError\ndef f(): raise E",
      "class E(BaseException):\n    def __str__(self): raise KeyboardInterrupt\ndef f(): raise E",
      "class E(BaseException):\n    __class__ = property(lambda self: 1 / 0)\ndef f(): raise E",
      "def f(): return f()",
      "def f(): raise MemoryError",
      "def f(): return 'x' * 2 ** 62",
      "def f():\n    x = []\n    for _ in range(100_000): x = [x]\n    return x",
      "class R:\n    def __reduce__(self): raise SystemExit(1)\ndef f(): return R()",
      "def f():\n    e = None\n    for _ in range(5000):\n        n = Exception(); n.__cause__ = e; e = n\n    raise e",
    ];
    for (const source of failures) {
      const outcome = await callSource(pool, source, { resultSerializers: [] });
      assertEquals(
        [outcome.ok, outcome.ok || outcome.code],
        [false, "RemoteExecutionError"],
        source + outcome.data.slice(0, 200),
      );
    }
    const huge = await callSource(pool, "def f(): raise Exception('x' * 2 ** 25)");
    assertEquals([huge.ok, huge.data.length < 10 * 2 ** 20], [false, true]);
    assertEquals(await valueOf(pool, DOUBLE, { args: [21] }), 42);
    assertEquals(pool.counts().idle, 1);
  }));

Deno.test("worker.py gives each task what the first one found", () =>
  withPool(async (pool) => {
    const look = `import os, sys
def f():
    names = sorted(name for name in os.environ if name != "GC_TASK_UUID")
    return [os.getcwd(), names, sys.path, sys.getrecursionlimit(), os.fstat(1).st_ino, os.fstat(2).st_ino]
`;
    const before = await valueOf(pool, look);
    const [first] = pids(await valueOf(pool, "import os\ndef f(): return [os.getpid()]"));
    const changes = [
      "import os\ndef f(): os.chdir('/')",
      "import os\ndef f():\n    os.environ['ADDED'] = '1'\n    del os.environ['PATH']",
      "import os\ndef f(): os.environ = {}",
      "import os, shutil\ndef f(): shutil.rmtree(os.getcwd())",
      "import sys\ndef f():\n    sys.path.clear()\n    sys.setrecursionlimit(70)",
      "import os\ndef f():\n    os.closerange(0, 100)\n    open('/dev/null'); open('/dev/null'); open('/dev/null')",
      "import sys\ndef f():\n    sys.stdout.close()\n    sys.stderr = None",
      "import locale\ndef f(): locale.setlocale(locale.LC_ALL, 'C')",
      "import threading, time\ndef f(): threading.Thread(target=time.sleep, args=(1000,)).start()",
      "import os\ndef f(): os.fork()",
    ];
    for (const source of changes) {
      assertEquals(await valueOf(pool, source), null, source);
      assertEquals(await valueOf(pool, look), before, source);
    }
    assertEquals(pids(await valueOf(pool, "import os\ndef f(): return [os.getpid()]")), [first]);
  }));

Deno.test("worker.py lets a task see its id, an empty __main__ and a plain namespace", () =>
  withPool(async (pool) => {
    const source = `import os, sys, threading, __main__
def f():
    here = threading.current_thread() is threading.main_thread()
    return [os.environ["GC_TASK_UUID"], hasattr(__main__, "main"), __name__, here, sys.argv, "GC_TASK_SANDBOX_DIR" in os.environ]
`;
    const taskBuffer = pack(`st\nf:${source}`, "11\n[]", "11\n{}");
    const outcome = await pool.run({ taskId: "the-id", taskBuffer, resultSerializers: JSON_RESULT });
    assertEquals(summary(outcome), '11\n["the-id", false, "builtins", true, ["-c"], false]');
  }));

Deno.test("worker.py says what it ran on, and when", () =>
  withPool(async (pool) => {
    const before = Date.now() - 1;
    const outcome = await callSource(pool, "import time\ndef f(): time.sleep(0.02)");
    const { startedAtMs, endedAtMs, details } = outcome;
    assertEquals(Object.keys(details ?? {}).sort(), ["os", "python_version"]);
    assertEquals(details?.python_version, pool.pythonVersion);
    assertEquals(startedAtMs >= before && endedAtMs - startedAtMs >= 20 && endedAtMs <= Date.now() + 1, true);
    assertEquals((await callSource(pool, "def f(): 1 / 0")).details, details);
  }));

Deno.test("worker.py ends with the processes of its task when the service is gone", () =>
  withFiles({}, async (directory) => {
    const service = `
      import { startWorkerPool } from ${
      JSON.stringify(import.meta.resolve("../../src/local/worker_pool.ts"))
    };
      const options = { workers: 2, python: "python3", taskTimeLimitMs: 60_000, maxOutputBytes: 1e6 };
      const stdout = (chunk) => Deno.stdout.writeSync(chunk);
      const pool = await startWorkerPool({ ...options, onOutput: stdout });
      const source = "st\\nf:import os, subprocess, time\\ndef f():\\n" +
        "    child = subprocess.Popen(['sleep', '60'])\\n    print(os.getpid(), child.pid)\\n    time.sleep(60)\\n";
      await pool.run({ taskId: "t", taskBuffer: source.length + "\\n" + source + "5\\n11\\n[]5\\n11\\n{}" });
    `;
    const file = `${directory}/service.ts`;
    await Deno.writeTextFile(file, service);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", config, file],
      // It cannot remove its files when it is killed.
      env: { TMPDIR: directory },
      stdout: "piped",
    });
    const child = command.spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let printed = "";
    while (!printed.includes("\n")) printed += (await reader.read()).value ?? "\n";
    const [worker = 0, sleeper = 0] = printed.trim().split(" ").map(Number);
    assertEquals([await isRunning(worker), await isRunning(sleeper)], [true, true]);
    child.kill("SIGKILL");
    await waitUntilGone(worker);
    await waitUntilGone(sleeper);
    await child.status;
    await reader.cancel();
  }));

function pids(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
