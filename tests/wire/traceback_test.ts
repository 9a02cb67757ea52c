/** Proves that `parseTraceback()` reads each form of Python's tracebacks, whole or cut, soon. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { PythonTraceback } from "../../src/errors/task_error.ts";
import { parseTraceback } from "../../src/wire/task_failure.ts";
import { askPython } from "../support/python.ts";
import { storms } from "../support/storm_length.ts";

/** Runs `f` of a source as the worker does, and writes its failure as the endpoint does. */
const PYTHON_FAIL = `
import traceback
def answer(source):
    namespace = {}
    exec(source, namespace)
    try: namespace["f"]()
    except BaseException as error:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__.tb_next))
`;

const IN_F = [{ file: "<string>", line: 2, function: "f" }];
const NOTES = `def f():
    error = ValueError(MESSAGE)
    if hasattr(error, "add_note"): error.add_note("a note\\nof two lines")
    else: error.args = (MESSAGE + "\\na note\\nof two lines",)
    raise error
`;

/** What real Python writes, and what is to be read of it. */
const RAISED: Record<string, [source: string, expected: PythonTraceback]> = {
  "a message": [
    "def f():\n    {}['k']",
    { type: "KeyError", message: "'k'", frames: IN_F },
  ],
  "no message": ["def f():\n    raise KeyError", { type: "KeyError", message: "", frames: IN_F }],
  "an empty message": ["def f():\n    raise KeyError('')", { type: "KeyError", message: "''", frames: IN_F }],
  "a message of several lines": [
    'def f():\n    raise ValueError("one\\n  two: 2\\n\\nOther: three")',
    { type: "ValueError", message: "one\n  two: 2\n\nOther: three", frames: IN_F },
  ],
  "a message that begins with a line feed": [
    'def f():\n    raise ValueError("\\none")',
    { type: "ValueError", message: "\none", frames: IN_F },
  ],
  "a message beyond ASCII": [
    "def f():\n    raise ValueError('é😀: x')",
    { type: "ValueError", message: "é😀: x", frames: IN_F },
  ],
  "several frames": [
    "def g(x):\n    return 1 // x\n\ndef f():\n    return (lambda: g(0))()",
    {
      type: "ZeroDivisionError",
      message: "integer division or modulo by zero",
      frames: [
        { file: "<string>", line: 5, function: "f" },
        { file: "<string>", line: 5, function: "<lambda>" },
        { file: "<string>", line: 2, function: "g" },
      ],
    },
  ],
  "a chain by context": [
    "def f():\n  try: {}['k']\n  except KeyError: raise ValueError('in its place')",
    {
      type: "ValueError",
      message: "in its place",
      frames: [{ file: "<string>", line: 3, function: "f" }],
    },
  ],
  "a chain by cause": [
    "def f():\n  try: {}['k']\n  except KeyError as e: raise RuntimeError from e",
    { type: "RuntimeError", message: "", frames: [{ file: "<string>", line: 3, function: "f" }] },
  ],
  "a nested class": [
    "class Outer:\n  class Inner(Exception): pass\ndef f():\n    raise Outer.Inner('x')",
    { type: "Outer.Inner", message: "x", frames: [{ file: "<string>", line: 4, function: "f" }] },
  ],
  "a class of a function": [
    "def f():\n    class Ödd_2(Exception): pass\n    raise Ödd_2('x')",
    { type: "f.<locals>.Ödd_2", message: "x", frames: [{ file: "<string>", line: 3, function: "f" }] },
  ],
  "a class of a module": [
    "def f():\n    import subprocess; raise subprocess.CalledProcessError(2, 'ls')",
    {
      type: "subprocess.CalledProcessError",
      message: "Command 'ls' returned non-zero exit status 2.",
      frames: IN_F,
    },
  ],
  "an exit": ["def f():\n    raise SystemExit(3)", { type: "SystemExit", message: "3", frames: IN_F }],
  "a message that cannot be had": [
    "def f():\n    raise type('Bad', (Exception,), {'__module__': 'builtins', '__str__': None})()",
    { type: "Bad", message: "<exception str() failed>", frames: IN_F },
  ],
  "notes": [
    NOTES.replaceAll("MESSAGE", "'x'"),
    {
      type: "ValueError",
      message: "x\na note\nof two lines",
      frames: [{ file: "<string>", line: 5, function: "f" }],
    },
  ],
  "a message that quotes a traceback": [
    `def f():
    import traceback
    try: {}['k']
    except KeyError: text = traceback.format_exc()
    raise RuntimeError("remote: it said\\n" + text + "bye") from None
`,
    {
      type: "RuntimeError",
      message: "remote: it said\nTraceback (most recent call last):\n" +
        "  File \"<string>\", line 3, in f\nKeyError: 'k'\nbye",
      frames: [{ file: "<string>", line: 5, function: "f" }],
    },
  ],
};

Deno.test("parseTraceback() reads what Python writes", async () => {
  const texts = await askPython<string>(PYTHON_FAIL, Object.values(RAISED).map(([source]) => source));
  Object.entries(RAISED).forEach(([name, [, expected]], index) => {
    assertEquals(parseTraceback(texts[index] as string), expected, name);
  });
});

Deno.test("parseTraceback() reads the frames of a syntax error", async () => {
  const [text = ""] = await askPython<string>(PYTHON_FAIL, ["def f():\n    exec('x = 1\\ndef g(:')"]);
  const { type, message, frames } = parseTraceback(text);
  assertEquals([type, message], ["SyntaxError", "invalid syntax"]);
  assertEquals(frames, [...IN_F, { file: "<string>", line: 2, source: "def g(:" }]);
});

Deno.test("parseTraceback() reads source lines where Python has them", async () => {
  const [text = ""] = await askPython<string>(PYTHON_FAIL, ["def f():\n    import json; json.loads('{')"]);
  const { type, message, frames } = parseTraceback(text);
  assertEquals(type, "json.decoder.JSONDecodeError");
  assert(message.startsWith("Expecting property name enclosed in double quotes"), message);
  assertEquals(frames[0], IN_F[0]);
  assert(frames.length > 2);
  for (const frame of frames.slice(1)) {
    assert(frame.file.endsWith(".py") && frame.line > 0 && frame.function, JSON.stringify(frame));
    assert(frame.source !== undefined && /^\w/.test(frame.source), JSON.stringify(frame));
  }
});

Deno.test("parseTraceback() reads deep recursion", async () => {
  const [text = ""] = await askPython<string>(PYTHON_FAIL, ["def f():\n    f()"]);
  const { type, message, frames } = parseTraceback(text);
  assertEquals([type, message], ["RecursionError", "maximum recursion depth exceeded"]);
  assertEquals(frames, [...IN_F, ...IN_F, ...IN_F]);
});

Deno.test("parseTraceback() reads notes of an exception without a message", () => {
  const text =
    'Traceback (most recent call last):\n  File "<string>", line 2, in f\nValueError\nnote 1\nnote 2\n';
  assertEquals(parseTraceback(text), { type: "ValueError", message: "note 1\nnote 2", frames: IN_F });
});

const GROUP = `  + Exception Group Traceback (most recent call last):
  |   File "<string>", line 2, in f
  | ExceptionGroup: many
  | lines (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "<string>", line 7, in g
    | ValueError: a
    +---------------- 2 ----------------
    | KeyError: 'b'
    +------------------------------------
`;

Deno.test("parseTraceback() reads an exception group, not its members", () => {
  const expected = { type: "ExceptionGroup", message: "many\nlines (2 sub-exceptions)", frames: IN_F };
  assertEquals(parseTraceback(GROUP), expected);
});

Deno.test("parseTraceback() reads the end of a chain that an exception group began", () => {
  const caused = `${GROUP.split("\n").slice(2).join("\n")}
The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "<string>", line 2, in f
globus_compute_sdk.errors.error_types.SerializationError: Serialization failed: All strategies failed.
`;
  assertEquals(parseTraceback(caused), {
    type: "globus_compute_sdk.errors.error_types.SerializationError",
    message: "Serialization failed: All strategies failed.",
    frames: IN_F,
  });
});

const PLUS = "+".repeat(68);
const MINUS = "-".repeat(68);
const RAISED_BY_ENGINE = `Traceback (most recent call last):
  File "/site-packages/engine.py", line 201, in _submit
    raise InvalidResourceSpecification(spec)
engine.InvalidResourceSpecification: resource_specification is not supported on ThreadPoolEngine.  For MPI apps, use GlobusMPIEngine.
`;
const ENGINE_FAILURE: PythonTraceback = {
  type: "engine.InvalidResourceSpecification",
  message: "resource_specification is not supported on ThreadPoolEngine.  For MPI apps, use GlobusMPIEngine.",
  frames: [{
    file: "/site-packages/engine.py",
    line: 201,
    function: "_submit",
    source: "raise InvalidResourceSpecification(spec)",
  }],
};

const OF_ENGINE: Record<string, [text: string, expected: PythonTraceback]> = {
  "one attempt": [`${PLUS}\n${RAISED_BY_ENGINE}${MINUS}`, ENGINE_FAILURE],
  "one attempt and a line feed": [`${PLUS}\n${RAISED_BY_ENGINE}${MINUS}\n`, ENGINE_FAILURE],
  "several attempts": [
    `${PLUS}\nTraceback from attempt: 0\nTraceback (most recent call last):\nOSError: first\n${MINUS}\n` +
    `${PLUS}\nTraceback from attempt: 1\nTraceback (most recent call last):\nOSError: second\n${MINUS}\n` +
    `${PLUS}\nTraceback from attempt: final attempt\n${RAISED_BY_ENGINE}${MINUS}`,
    ENGINE_FAILURE,
  ],
  "an exception that was not raised": [
    `${PLUS}\nparsl.executors.errors.ManagerLost: Task failure due to loss of manager abc on host n1\n${MINUS}`,
    {
      type: "parsl.executors.errors.ManagerLost",
      message: "Task failure due to loss of manager abc on host n1",
      frames: [],
    },
  ],
  "several attempts without a traceback": [
    `${PLUS}\nTraceback from attempt: 0\nOSError: first\n${MINUS}\n` +
    `${PLUS}\nTraceback from attempt: final attempt\nOSError: second\n${MINUS}`,
    { type: "OSError", message: "second", frames: [] },
  ],
  "lines of another length": [
    `${PLUS}+\nx\n${MINUS}-`,
    { type: "unknown", message: `${PLUS}+\nx\n${MINUS}-`, frames: [] },
  ],
};

Deno.test("parseTraceback() reads what an engine reports", () => {
  for (const [name, [text, expected]] of Object.entries(OF_ENGINE)) {
    assertEquals(parseTraceback(text), expected, name);
  }
});

Deno.test("parseTraceback() reads what is no traceback", () => {
  const cases: [text: string, type: string, message: string][] = [
    ["MaxResultSizeExceeded(11534341, 10485760)", "MaxResultSizeExceeded", "11534341, 10485760"],
    ["CouldNotExecuteUserTaskError('a (b)\\n')", "CouldNotExecuteUserTaskError", "'a (b)\\n'"],
    ["Empty()", "Empty", ""],
    ["Failed to start task: No such engine", "unknown", "Failed to start task: No such engine"],
    ["the worker (n1) is gone", "unknown", "the worker (n1) is gone"],
    ["a line\nand another\n", "unknown", "a line\nand another"],
    ["ValueError: said by nobody", "unknown", "ValueError: said by nobody"],
    ["", "unknown", ""],
    ["\n\n", "unknown", ""],
  ];
  for (const [text, type, message] of cases) {
    assertEquals(parseTraceback(text), { type, message, frames: [] }, text);
  }
});

Deno.test("parseTraceback() reads a traceback that was cut", () => {
  const cases: [text: string, expected: PythonTraceback][] = [
    ["Traceback (most recent call last):", {
      type: "unknown",
      message: "Traceback (most recent call last):",
      frames: [],
    }],
    ['Traceback (most recent call last):\n  File "<string>", line 2, in f', {
      type: "unknown",
      message: "",
      frames: IN_F,
    }],
    ["Traceback (most recent call last):\nnot an exception at all!", {
      type: "unknown",
      message: "not an exception at all!",
      frames: [],
    }],
  ];
  for (const [text, expected] of cases) assertEquals(parseTraceback(text), expected, text);
});

const SIZE = storms(2_000_000, 10_000_000);

Deno.test(`parseTraceback() reads a message of ${SIZE / 1_000_000} MB in little time`, () => {
  const message = "x: -\n".repeat(SIZE / 5).trim();
  const started = performance.now();
  const read = parseTraceback(`Traceback (most recent call last):\nValueError: ${message}\n`);
  assertStrictEquals(read.message === message, true);
  parseTraceback("-".repeat(SIZE));
  parseTraceback("A".repeat(SIZE) + "(");
  parseTraceback(`Traceback (most recent call last):\n${"a.".repeat(SIZE / 2)}`);
  assert(performance.now() - started < 5000);
});
