/** Proves that `decodePickle()` joins paths as Python shows them. */
import { assertEquals } from "@std/assert";
import { decodePickle } from "../../../src/wire/pickle/decode_pickle.ts";
import { PythonObject } from "../../../src/wire/values/python_object.ts";
import { askPython } from "../../support/python.ts";
import { fromBase64, read } from "./pickles.ts";

const POSIX = [
  ["/a/b"],
  ["a"],
  ["."],
  [""],
  [],
  ["/"],
  ["//"],
  ["///"],
  ["//a/b"],
  ["///a"],
  ["a//b/./c/"],
  ["/a", "b/", "c"],
  ["/a", "/b", "c"],
  ["a", ""],
  ["./a"],
  ["..", "a"],
];
const WINDOWS = [
  ["C:/a/b"],
  ["c:a"],
  ["c:"],
  ["c:", "a"],
  ["c:/"],
  ["C:\\"],
  ["c:\\a", "b", "c"],
  ["c:a", "b"],
  ["//host/share"],
  ["//host/share/"],
  ["//host/share/a//b"],
  ["a/b"],
  ["/a"],
  ["\\"],
  ["."],
  [],
  ["a/./b/"],
];

Deno.test("decodePickle() reads a path as Python shows it", async () => {
  const cases = [
    ...POSIX.map((parts) => ["PurePosixPath", parts]),
    ...WINDOWS.map((parts) => ["PureWindowsPath", parts]),
  ];
  const answers = await askPython<[text: string, pickles: string[]]>(
    `import base64, pathlib, pickle
def answer(case):
    path = getattr(pathlib, case[0])(*case[1])
    return str(path), [base64.b64encode(pickle.dumps(path, protocol)).decode() for protocol in range(6)]`,
    cases,
  );
  answers.forEach(([text, pickles], index) => {
    const [name, parts] = cases[index] as [string, string[]];
    const paths = pickles.map((pickle) => String(decodePickle(fromBase64(pickle))));
    assertEquals(paths, pickles.map(() => text), `${name}(${parts})`);
    // As Python 3.13 has it, the parts as they were given.
    const raw = `cpathlib._local\n${name}\n(${
      parts.map((part) => `V${part.replaceAll("\\", "\\u005c")}\n`).join("")
    }tR.`;
    assertEquals(String(read(raw)), text, raw);
  });
});

Deno.test("decodePickle() tells a path that it cannot join as the call that makes it", () => {
  for (const parts of ["Vc:\nV\\u005ca\n", "Va\nVd:b\n", "Va\nK\x01"]) {
    const path = read(`cpathlib\nPureWindowsPath\n(${parts}tR.`);
    assertEquals([String(path), path instanceof PythonObject], ["pathlib.PureWindowsPath", true], parts);
  }
});
