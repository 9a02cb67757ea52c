/** worker.py works without the SDK and dill, and uses those that are installed. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { callPacked, callSource, valueOf, withFiles, withPool } from "./worker_helpers.ts";

Deno.test("worker.py imports dill where it is installed, and only when it is needed", () =>
  withFiles({
    "packages/dill.py":
      "import pickle\nloads = pickle.loads\ndumps = lambda value: pickle.dumps(('dill', value))\n",
    "packages/dill-0.4.1.dist-info/METADATA": "",
    "python": '#!/bin/sh\nPYTHONPATH="$(dirname "$0")/packages" exec python3 "$@"\n',
  }, (directory) =>
    withPool(async (pool) => {
      assertEquals(await valueOf(pool, "import sys\ndef f(): return 'dill' in sys.modules"), false);
      const outcome = await callSource(pool, "def f(): return 1", { resultSerializers: [] });
      assertEquals(atob(outcome.data.slice(3)).includes("dill"), true);
      assertEquals(outcome.details?.dill_version, "0.4.1");
    }, { python: `${directory}/python` })));

Deno.test("worker.py stands in for ShellFunction", () =>
  withPool(async (pool) => {
    const define = (text: string) =>
      `from globus_compute_sdk import ShellFunction\nf = ShellFunction(${text})\n`;
    const run = async (text: string, kwargs = {}) =>
      await valueOf(pool, define(`${text}, return_dict=True`), { kwargs });
    const warning = "WARNING: Task sandboxing is not enabled on this endpoint\n";
    assertEquals(await run("'echo {word}; echo oh >&2; exit 3'", { word: "hé" }), {
      cmd: "echo hé; echo oh >&2; exit 3",
      stdout: "hé\n",
      stderr: `${warning}oh\n`,
      returncode: 3,
      exception_name: "subprocess.CalledProcessError",
    });
    const late = { cmd: "sleep 60", stdout: "", stderr: warning, returncode: 124 };
    assertEquals(await run("'sleep 60', walltime=0.05"), {
      ...late,
      exception_name: "subprocess.TimeoutExpired",
    });
    const lines = { cmd: "seq 5", stdout: "4\n5\n", stderr: "", returncode: 0, exception_name: null };
    const files = "stdout='out/log', stderr='err', snippet_lines=2";
    assertEquals(await run(`'seq 5', ${files}`), { ...lines, stderr: warning });
    const { data } = await callSource(pool, define("'true', name='not-a-name'"));
    assertMatch(data, /\nValueError: .*'not-a-name'\n$/);
  }));

Deno.test("worker.py stands in for the classes that pickles name", () =>
  withPool(async (pool) => {
    const state =
      "(dVcmd\nVecho hi\nsVstdout\nNsVstderr\nNsVwalltime\nNsVsnippet_lines\nI9\nsV__name__\nVrun\nsVreturn_dict\nI00\nsb.";
    const pickled = (module: string, name: string) => `01\n${btoa(`c${module}\n${name}\n)\x81${state}`)}\n`;
    const shell = "globus_compute_sdk.sdk.shell_function";
    const outcome = await callPacked(pool, pickled(shell, "ShellFunction"), { resultSerializers: [] });
    const result = atob(outcome.data.slice(3));
    for (const text of [shell, "ShellResult", "echo hi", "hi\n"]) assertStringIncludes(result, text);
    const mpi = await callPacked(pool, pickled("globus_compute_sdk.sdk.mpi_function", "MPIFunction"), {
      resultSerializers: [],
    });
    assertStringIncludes(atob(mpi.data.slice(3)), "$PARSL_MPI_PREFIX echo hi");
    const report = btoa("cglobus_compute_sdk.sdk.hardware_report\nrun_hardware_report\n.");
    const { data } = await callPacked(pool, `01\n${report}\n`, { args: ["me"] });
    assertMatch(
      data,
      /^11\n"== me == == python: python_runtime_host_info ==\\n[^]*== me == == shell: df -h ==/,
    );
    assertMatch((await callSource(pool, "import globus_compute_sdk.errors")).data, /No module named/);
  }));

Deno.test("worker.py leaves an SDK that is installed alone", () =>
  withFiles({
    "packages/globus_compute_sdk/__init__.py": "real = True\n",
    "python": '#!/bin/sh\nPYTHONPATH="$(dirname "$0")/packages" exec python3 "$@"\n',
  }, (directory) =>
    withPool(async (pool) => {
      assertEquals(await valueOf(pool, "import globus_compute_sdk as sdk\ndef f(): return sdk.real"), true);
      assertMatch((await callSource(pool, "import globus_compute_sdk.sdk")).data, /ModuleNotFoundError/);
    }, { python: `${directory}/python` })));
