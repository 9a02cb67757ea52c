/**
 * The pool of Python workers runs tasks side by side, and replaces a worker that is lost without losing
 * another task.
 */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { chmod, rename } from "node:fs/promises";
import process from "node:process";
import { startWorkerPool, type WorkerOutcome, type WorkerPool } from "../../src/local/worker_pool.ts";
import { until } from "../support/until.ts";
import {
  callSource,
  isRunning,
  OPTIONS,
  valueOf,
  waitUntilGone,
  withFiles,
  withPool,
} from "./worker_helpers.ts";

const PID = "import os\ndef f(): return os.getpid()";
const SLEEP = "import time\ndef f(): time.sleep(60)";
const RULES = [/^\+{68}\nTraceback \(most recent call last\):\n/, /\n-{68}$/] as const;

/** The one line and the code of a failure that the service found, whose text must be framed as an engine's. */
function engineFailure(outcome: WorkerOutcome): unknown {
  if (outcome.ok) throw new Error(`Expected a failure, got ${outcome.data}`);
  for (const rule of RULES) assertMatch(outcome.data, rule);
  assertStringIncludes(outcome.data, `: ${outcome.userMessage}\n`);
  assertEquals(outcome.details, undefined);
  assert(outcome.endedAtMs >= outcome.startedAtMs);
  return { code: outcome.code, userMessage: outcome.userMessage };
}

/** Runs a task that reports pids on standard output and then stays; gives the pids and its outcome to come. */
function runAndReport(
  source: string,
  options: { taskTimeLimitMs?: number },
  use: (
    pool: WorkerPool,
    pids: number[],
    outcome: Promise<WorkerOutcome>,
  ) => Promise<void>,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<number[]>();
  let printed = "";
  const onOutput = (chunk: Uint8Array) => {
    printed += new TextDecoder().decode(chunk);
    if (printed.includes("\n")) resolve(printed.trim().split(" ").map(Number));
  };
  return withPool(async (pool) => {
    const outcome = callSource(pool, source);
    await use(pool, await promise, outcome);
  }, { ...options, onOutput });
}

Deno.test("startWorkerPool() tells the version of its Python", () =>
  withPool(async (pool) => {
    assertEquals(
      pool.pythonVersion,
      await valueOf(pool, "import platform\ndef f(): return platform.python_version()"),
    );
  }));

Deno.test("startWorkerPool() runs tasks at the same time, each worker one, in the order given", () =>
  withFiles({}, (directory) =>
    withPool(async (pool) => {
      // A task ends once its neighbour has begun as well.
      const meet = `import os, time
def f(mine, other):
    open(mine, "w").close()
    while not os.path.exists(other):
        time.sleep(0.01)
    time.sleep(0.02)
    return os.getpid()
`;
      const started: number[] = [];
      const outcomes = await Promise.all(Array.from({ length: 6 }, (_, index) => {
        const onStart = () => started.push(index);
        return callSource(pool, meet, {
          onStart,
          args: [`${directory}/${index}`, `${directory}/${index ^ 1}`],
        });
      }));
      assertEquals(started.filter((index) => index % 2 === 0), [0, 2, 4]);
      assertEquals([...started].sort(), [0, 1, 2, 3, 4, 5]);
      const overlaps = (a: WorkerOutcome, b: WorkerOutcome) => {
        return a !== b && a.startedAtMs < b.endedAtMs && b.startedAtMs < a.endedAtMs;
      };
      for (const outcome of outcomes) {
        const others = outcomes.filter((other) => overlaps(outcome, other));
        assert(others.length > 0);
        assert(
          others.every((other) => other.data !== outcome.data),
          "a worker ran two tasks at the same time",
        );
      }
      assertEquals(new Set(outcomes.map((outcome) => outcome.data)).size, 2);
    }, { workers: 2 })));

Deno.test("startWorkerPool() counts what it is doing", () =>
  withPool(async (pool) => {
    assertEquals(pool.counts(), { workers: 2, idle: 2, queued: 0, running: 0 });
    const outcomes = Promise.all([1, 2, 3].map(() => callSource(pool, PID)));
    assertEquals(pool.counts(), { workers: 2, idle: 0, queued: 1, running: 2 });
    await outcomes;
    assertEquals(pool.counts(), { workers: 2, idle: 2, queued: 0, running: 0 });
  }, { workers: 2 }));

Deno.test("startWorkerPool() fails that task alone when its worker exits or is killed", () =>
  withPool(async (pool) => {
    const ends: [statement: string, how: string][] = [
      ["os._exit(3)", "exited with status 3"],
      ["os.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"],
      ["os.kill(os.getpid(), signal.SIGSEGV)", "was killed by SIGSEGV"],
    ];
    for (const [statement, how] of ends) {
      const dying = callSource(pool, `import os, signal\ndef f(): ${statement}`);
      const others = Promise.all([1, 2, 3].map(() => callSource(pool, PID)));
      const userMessage = `The worker process ${how} while it ran this task`;
      assertEquals(engineFailure(await dying), { code: "WorkerLost", userMessage });
      assertMatch(
        (await dying).data,
        /\nparsl\.executors\.high_throughput\.errors\.WorkerLost: Task failure due to loss of worker on host /,
      );
      assertEquals((await others).map((outcome) => outcome.ok), [true, true, true]);
    }
  }, { workers: 2 }));

Deno.test("startWorkerPool() tells the last lines that a lost task printed to stderr, and no other's", () =>
  withPool(async (pool) => {
    await callSource(pool, "import sys\ndef f(): print('of another task', file=sys.stderr)");
    const source = `import os, sys
def f():
    for number in range(30): print("line", number, file=sys.stderr)
    os._exit(1)
`;
    const { data } = await callSource(pool, source);
    const lines = Array.from({ length: 10 }, (_, index) => `line ${index + 20}\n`).join("");
    assertMatch(data, new RegExp(`\nLast lines on stderr:\n${lines}-{68}$`));
  }));

Deno.test("startWorkerPool() stops a task over the time limit, with the processes that it started", () =>
  runAndReport(
    "import os, subprocess\ndef f():\n    child = subprocess.Popen(['sleep', '60'])\n    print(os.getpid(), child.pid)\n    child.wait()\n",
    { taskTimeLimitMs: 1_500 },
    async (pool, pids, outcome) => {
      assertEquals([pids.length, ...await Promise.all(pids.map(isRunning))], [2, true, true]);
      const userMessage = "Task exceeded the time limit of 1.5 s and was stopped";
      assertEquals(engineFailure(await outcome), { code: "TaskTimeLimitExceeded", userMessage });
      for (const pid of pids) await waitUntilGone(pid);
      assert(await valueOf(pool, PID) !== pids[0]);
    },
  ));

Deno.test("startWorkerPool() stops a task that holds Python's lock", () =>
  withPool(async (pool) => {
    const outcome = await callSource(pool, "def f(): return len(str(7 ** 10 ** 8))");
    assertEquals(outcome.ok || outcome.code, "TaskTimeLimitExceeded");
  }, { taskTimeLimitMs: 300 }));

Deno.test("startWorkerPool() takes a limit of 2^31 ms or more as none", () =>
  withPool(async (pool) => {
    assertEquals(await valueOf(pool, "import time\ndef f():\n    time.sleep(0.05)\n    return 1"), 1);
  }, { taskTimeLimitMs: 2 ** 31 }));

Deno.test("startWorkerPool() stops a task that prints more than it may", () => {
  let bytes = 0;
  const onOutput = (chunk: Uint8Array) => bytes += chunk.length;
  return withPool(async (pool) => {
    for (const print of ["print('x' * 100_000_000)", "os.write(2, b'x' * 100_000_000)"]) {
      bytes = 0;
      const outcome = await callSource(pool, `import os\ndef f(): ${print}`);
      const userMessage = "Task printed more than 32 MiB and was stopped";
      assertEquals(engineFailure(outcome), { code: "TaskOutputExceeded", userMessage });
      assert(bytes > 31 * 2 ** 20 && bytes <= 32 * 2 ** 20, `${bytes} bytes were passed on`);
    }
    const many = "def f():\n    for _ in range(40): print('x' * 999_999)";
    assertEquals((await callSource(pool, many)).ok, false);
    const some = "def f(): print('x' * 20_000_000)";
    assertEquals([(await callSource(pool, some)).ok, (await callSource(pool, some)).ok], [true, true]);
  }, { onOutput });
});

Deno.test("startWorkerPool() passes on what tasks print, in order, and keeps it apart from results", () => {
  const printed = { stdout: "", stderr: "" };
  const { promise, resolve } = Promise.withResolvers<void>();
  return withPool(async (pool) => {
    const source = `import os, subprocess, sys
def f():
    print("one é")
    os.write(1, b"two\\n")
    sys.stdout.write("three")
    sys.stdout.flush()
    subprocess.run("echo; echo four; echo to stderr >&2", shell=True)
    sys.stdout.write("five")
    return "result"
`;
    assertEquals(await valueOf(pool, source), "result");
    await promise;
    assertEquals(printed, { stdout: "one é\ntwo\nthree\nfour\nfive", stderr: "to stderr\n" });
  }, {
    onOutput(chunk, stream) {
      printed[stream] += new TextDecoder().decode(chunk);
      if (printed.stdout.endsWith("five") && printed.stderr !== "") resolve();
    },
  });
});

Deno.test("startWorkerPool() carries large tasks and results", () =>
  withPool(async (pool) => {
    const text = "é😀".repeat(2 ** 20);
    assertEquals(await valueOf(pool, "def f(x): return len(x)", { args: [text] }), 2 ** 21);
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => callSource(pool, "def f(): return 'x' * (10 * 2 ** 20 - 5)")),
    );
    assertEquals(outcomes.map(({ ok, data }) => [ok, data.length]), Array(3).fill([true, 10 * 2 ** 20]));
  }, { workers: 2 }));

Deno.test("startWorkerPool() replaces a worker that dies idle, and fails no task", () =>
  withPool(async (pool) => {
    for (let round = 0; round < 3; round++) {
      const before = Number(await valueOf(pool, PID));
      process.kill(before, "SIGKILL");
      assert(await valueOf(pool, PID) !== before);
    }
  }));

Deno.test("startWorkerPool() replaces a worker whose channel was closed by a task", () =>
  withPool(async (pool) => {
    const outcome = await callSource(pool, "import os\ndef f(): os.closerange(3, 1000)");
    assertEquals(outcome.ok || outcome.code, "WorkerLost");
    assertEquals(await valueOf(pool, "def f(): return 1"), 1);
  }));

Deno.test("startWorkerPool() rejects a Python that is missing, too old or no Python", () =>
  withFiles({
    "old": `#!/bin/sh
exec python3 -c 'import sys
sys.version_info = (3, 7, 17)
boot = sys.argv.pop(2)
sys.argv.pop(1)
exec(boot)' "$@"
`,
    "broken": "#!/bin/sh\necho no luck >&2\nexit 7\n",
    "silent": "#!/bin/sh\nexit 0\n",
  }, async (directory) => {
    const advice = "\\(install Python 3\\.8 or newer, or set the option `python` to where it is\\)";
    const cases: [python: string, message: RegExp][] = [
      ["no-such-python", new RegExp(`^Cannot start a worker: "no-such-python" was not found ${advice}$`)],
      [`${directory}/old`, new RegExp(`" exited with status 1 ${advice}: Python 3\\.7 is older than 3\\.8$`)],
      [`${directory}/broken`, new RegExp(`" exited with status 7 ${advice}: no luck$`)],
      [`${directory}/silent`, new RegExp(`" exited with status 0 ${advice}$`)],
    ];
    for (const [python, message] of cases) {
      const error = await assertRejects(() => startWorkerPool({ ...OPTIONS, workers: 2, python }), Error);
      assertMatch(error.message, message);
    }
  }));

Deno.test("startWorkerPool() rejects a pool without workers", async () => {
  for (const workers of [0, -1, 1.5, NaN]) {
    await assertRejects(
      () => startWorkerPool({ ...OPTIONS, workers }),
      RangeError,
      "Cannot use 'workers': it must be a whole number from 1 to 1024",
    );
  }
});

Deno.test("startWorkerPool() fails tasks while its Python is missing, and runs them when it is back", () =>
  withFiles({ "python": '#!/bin/sh\nexec python3 "$@"\n' }, (directory) =>
    withPool(async (pool) => {
      const python = `${directory}/python`;
      await rename(python, `${python}-away`);
      await callSource(pool, "import os\ndef f(): os._exit(1)");
      const waiting = await callSource(pool, PID);
      const userMessage = `Cannot start a worker: "${python}" was not found`;
      assertStringIncludes(waiting.data, userMessage);
      assertEquals([waiting.ok || waiting.code, pool.counts().queued], ["WorkerLost", 0]);
      await rename(`${python}-away`, python);
      await chmod(python, 0o755);
      await until("a task runs again", async () => (await callSource(pool, PID)).ok);
    }, { python: `${directory}/python` })));

Deno.test("close() fails the tasks that are not done and leaves no process and no file", async () => {
  const pool = await startWorkerPool({ ...OPTIONS, workers: 2 });
  const where = "import os\ndef f(): return [os.getpid(), os.getcwd()]";
  const found = await Promise.all([1, 2].map(() => valueOf(pool, `import time\n${where}`)));
  const { promise: began, resolve: begin } = Promise.withResolvers<void>();
  const running = callSource(pool, SLEEP, { onStart: begin });
  const others = [1, 2, 3].map(() => callSource(pool, SLEEP));
  await began;
  const [first] = await Promise.all([pool.close(), pool.close()]);
  assertEquals(first, undefined);
  const closed = "The service was closed before the task was done";
  assertEquals(engineFailure(await running), { code: "WorkerLost", userMessage: closed });
  const codes = (await Promise.all(others)).map((outcome) => outcome.ok || outcome.code);
  assertEquals(codes, ["WorkerLost", "WorkerLost", "WorkerLost"]);
  for (const item of found) {
    const [pid, directory] = Array.isArray(item) ? item : [];
    assertEquals(await isRunning(Number(pid)), false);
    await assertRejects(() => Deno.stat(String(directory)), Deno.errors.NotFound);
  }
  const late = await callSource(pool, PID);
  assertEquals(late.ok || late.userMessage, "The service was closed before the task began");
  assertEquals(pool.counts(), { workers: 2, idle: 0, queued: 0, running: 0 });
});
