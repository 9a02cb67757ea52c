const ENVIRONMENT = { PYTHONUTF8: "1", PYTHONDONTWRITEBYTECODE: "1" };

/** Runs a Python script with this text on its standard input, and returns what it printed. */
export async function runPython(script: string, input = ""): Promise<string> {
  const child = new Deno.Command("python3", {
    args: ["-c", script],
    env: ENVIRONMENT,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ success, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([input]).stream().pipeTo(child.stdin),
  ]);
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run the Python script: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/**
 * Asks one Python process about each of the cases, as lines of JSON both ways.
 *
 * @param script Defines `answer(case)`.
 */
export async function askPython<Answer>(script: string, cases: readonly unknown[]): Promise<Answer[]> {
  const loop = `${script}
import json, sys
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
`;
  const printed = await runPython(loop, cases.map((item) => JSON.stringify(item) + "\n").join(""));
  return printed.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}
