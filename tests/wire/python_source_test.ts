/** Proves that `topLevelFunctions()` finds the functions that Python's own parser finds. */
import { assert, assertEquals } from "@std/assert";
import { type SourceFunction, topLevelFunctions } from "../../src/wire/python_source.ts";
import { askPython, runPython } from "../support/python.ts";
import { storms } from "../support/storm_length.ts";

/** What Python's own parser finds, in the order in which the names are bound. */
const PYTHON_FIND = `
import ast
def find(source):
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found.pop(node.name, None)
            found[node.name] = ast.get_docstring(node)
    return list(found.items())
`;

/** As topLevelFunctions() tells it: without blanks at the ends of lines, and an empty docstring is none. */
function fromPython(found: [string, string | null][]): SourceFunction[] {
  return found.map(([name, written]) => {
    const docstring = (written ?? "").split("\n").map((line) => line.trimEnd()).join("\n").trimEnd();
    return docstring === "" ? { name } : { name, docstring };
  });
}

const SOURCES: Record<string, string> = {
  "nothing": "",
  "one function": "def f(): return 1",
  "a line feed at the end": "def f():\n    return 1\n",
  "Windows line ends": 'def f():\r\n    """doc\r\n    more"""\r\n    return 1\r\ndef g(): pass\r\n',
  "old Macintosh line ends": 'def f():\r    "doc"\rdef g(): pass\r',
  "a string continued at a Windows line end": 'x = "a\\\r\ndef no(): "\r\ndef f(): pass\r\n',
  "two functions": "def f(): pass\n\n\ndef g(): pass\n",
  "a name defined twice": 'def f(): "one"\ndef g(): pass\ndef f(): "two"\n',
  "an async function": "async def no(): pass\ndef f(): pass\n",
  "a method": "class C:\n    def no(self): pass\n    class D:\n        def no(self): pass\ndef f(): pass\n",
  "an inner function": "def f():\n    def no(): pass\n    return no\n",
  "a function under a condition":
    "if True:\n    def no(): pass\nelse:\n    def no(): pass\ntry:\n  def no(): pass\nfinally: pass\n",
  "decorators": "@a\n@b(\n  1)\ndef f(): pass\n@c\ndef g(): pass\n",
  "a lambda": "f = lambda: 1\n",
  "type parameters": "def f(x: list[int] = [1]) -> dict[str, int]: return {}\n",
  "annotations with colons": 'def f(x: "a: b" = {1: 2}, *, y: (lambda: 0) = x[1:2]) -> "c: d": "doc"\n',
  "a return annotation with a lambda": 'def f() -> (lambda: 0): "doc"\n',
  "blanks in the header": 'def   f  ( ) :   "doc"\n',
  "tabs": 'def\tf\t():\n\t"doc"\n',
  "a header of several lines": 'def f(\n    a,  # ): a comment\n    b=")",\n) -> int:\n    "doc"\n',
  "a header with a continued line": 'def f(a, \\\n b): \\\n  "doc"\n',
  "a name of many letters": "def été_变量1(): pass\n",
  "a name in another form": "def ﬁ(): pass\ndef e\u0301(): pass\n",
  "names that begin as def": "define = 1\ndef_ = 2\ndefer(lambda: 0)\ndef f(): pass\n",
  "def in a string":
    's = \'\'\'\ndef no(): pass\n\'\'\'\ns = """\ndef no(): pass\n\\"""\ndef no(): pass\n"""\ndef f(): pass\n',
  "def in a comment": "# '''\ndef f(): pass\n# '''\n# def no(): pass\n#def no(): pass\n",
  "def in brackets": "x = [\n1,\n]\ny = (\n'''\ndef no(): pass''')\nz = {\n'a':\n1}\ndef f(): pass\n",
  "def behind a continued line": "x = 1 + \\\n2\ndef f(): pass\n",
  "def behind a comment that ends with a backslash": "# a \\\ndef f(): pass\n",
  "a string continued on the next line": "x = 'a\\\ndef no(): '\ndef f(): pass\n",
  "a raw string that ends with a backslash and a quote": 'x = r"\\""\ndef f(): pass\n',
  "prefixes of strings":
    "x = rb'''\ndef no(): pass''' + Rb'\\'' + f'''{1}\ndef no(): pass''' + u'' + BR''\ndef f(): pass\n",
  "quotes in quotes": "x = \"'''\"\ny = '\"\"\"'\nz = '''\"'\"\"\"'''\ndef f(): pass\n",
  "empty strings": "x = '' + \"\" + ''''''\ndef f(): pass\n",
  "a keyword beside a string": "x = 1 if'a'in'abc'else'''\ndef no(): pass'''\ndef f(): pass\n",
  "statements on a line": "x = 1; y = 2\ndef f(): pass; x = 3\n",
  "emoji": "x = '😀'; y = '''😀\ndef no(): pass'''\ndef f(): '😀'\n",
  "a docstring": 'def f():\n    """Does it."""\n',
  "a docstring of several lines": 'def f():\n    """Does it.\n\n    Well:\n        indented\n    """\n',
  "a docstring that begins in its second line": 'def f():\n    """\n    Does it.\n      More.\n    """\n',
  "a docstring whose first line is indented most":
    'def f():\n    """\n        First.\n    Second.\n    """\n',
  "a docstring without indentation": 'def f():\n    """One\ntwo\n  three"""\n',
  "a docstring with tabs": 'def f():\n\t"""One\n\t\ta\tb\n\té\tc\n\t"""\n',
  "a docstring with blank lines": 'def f():\n    """\n\n\n    One\n   \n\n    """\n',
  "a docstring with blanks at its ends": 'def f():\n    "  One  "\n',
  "an empty docstring": 'def f():\n    ""\n    "no"\n',
  "a blank docstring": 'def f(): "   "\n',
  "a docstring in single quotes": "def f():\n    'Does it.'\n",
  "a docstring on the line of the def": 'def f(): "doc"\n',
  "a long docstring on the line of the def": 'def f(): """One\n    two\n    """; return 1\n',
  "a docstring behind comments": 'def f():  # a\n    # b\n\n  # c\n    "doc"\n',
  "a docstring before a comment": 'def f():\n    "doc"  # noqa: x\n    return 1\n',
  "a docstring before a semicolon": 'def f():\n    "doc"; return 1\n',
  "a docstring at the end of the source": 'def f():\n    "doc"',
  "a raw docstring": 'def f():\n    r"a\\n\\"b"\n',
  "a docstring with a prefix that says nothing": 'def f():\n    U"doc"\n',
  "a docstring with escapes": 'def f():\n    "\\x41\\u00e9\\U0001F600\\101\\0\\\\n\\"\\\'\\q\\a\\b\\f\\v."\n',
  "a docstring with an escaped line feed": 'def f():\n    """One \\\n    two\\n    three"""\n',
  "bytes, which are no docstring": 'def f():\n    b"no"\n',
  "an f-string, which is no docstring": 'def f():\n    f"no"\n',
  "a longer expression": 'def f():\n    "no".strip()\ndef g():\n    "no" % 1\ndef h(): "no", 1\n',
  "a string that is not first": 'def f():\n    pass\n    "no"\ndef g(): pass\n"no"\n',
  "a statement first": 'def f():\n    x = "no"\n',
};

Deno.test("topLevelFunctions() finds what Python's parser finds", async () => {
  const answers = await askPython<[string, string | null][]>(
    `${PYTHON_FIND}\nanswer = find`,
    Object.values(SOURCES),
  );
  Object.entries(SOURCES).forEach(([name, source], index) => {
    assertEquals(topLevelFunctions(source), fromPython(answers[index] as [string, string | null][]), name);
  });
});

/** One module of so many is read: all have the same kinds of lines. */
const ONE_OF = storms(8, 1);

Deno.test("topLevelFunctions() finds what Python's parser finds in its standard library", async () => {
  const script = `${PYTHON_FIND}
import glob, json, os, sysconfig, warnings
warnings.simplefilter("ignore")
for path in sorted(glob.glob(os.path.join(sysconfig.get_paths()["stdlib"], "*.py")))[::${ONE_OF}]:
    with open(path, encoding="utf-8", newline="") as file: source = file.read()
    print(json.dumps([os.path.basename(path), source, find(source)]))
`;
  const modules = (await runPython(script)).trimEnd().split("\n").map((line) => JSON.parse(line));
  const mismatches: unknown[] = [];
  let functions = 0;
  for (const [name, source, found] of modules) {
    const expected = fromPython(found);
    const actual = topLevelFunctions(source);
    functions += expected.length;
    if (JSON.stringify(actual) !== JSON.stringify(expected)) mismatches.push({ name, actual, expected });
  }
  assertEquals(mismatches, []);
  assert(
    modules.length > 100 / ONE_OF && functions > 1000 / ONE_OF,
    `${modules.length} modules, ${functions} functions`,
  );
});

Deno.test("topLevelFunctions() reads functions of newer Pythons", () => {
  assertEquals(topLevelFunctions("def f[T: int](x: T) -> T:\n    'doc'\n"), [{
    name: "f",
    docstring: "doc",
  }]);
  assertEquals(topLevelFunctions("type X[T] = list[T]\nx = t'''\ndef no(): pass'''\ndef f(): pass\n"), [
    { name: "f" },
  ]);
});

Deno.test("topLevelFunctions() reads source that is no Python without failing", () => {
  const sources = [
    "def",
    "def f",
    "def f(",
    "def f(:",
    'def f(): """',
    "'",
    "\\",
    ")))\ndef f(): pass",
    "def (x): 1",
    "\0",
  ];
  const found = sources.map((source) => topLevelFunctions(source).map(({ name }) => name).join());
  assertEquals(found, ["", "", "f", "f", "f", "", "", "f", "", ""]);
});

const LARGE = storms(60_000, 300_000);

Deno.test("topLevelFunctions() reads large source in little time", () => {
  const started = performance.now();
  const source = `x = """${"\n".repeat(3 * LARGE)}"""\ndef f(): """${"\n".repeat(LARGE)}doc"""`;
  assertEquals(topLevelFunctions(source), [{ name: "f", docstring: "doc" }]);
  assertEquals(topLevelFunctions("(".repeat(LARGE) + "\ndef no(): pass\n".repeat(LARGE / 30)), []);
  assertEquals(topLevelFunctions("def f(): pass\n".repeat(LARGE / 10)), [{ name: "f" }]);
  const took = performance.now() - started;
  assert(took < 5000, `took ${took} ms`);
});
