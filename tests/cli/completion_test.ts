/**
 * A real bash completes commands, options, values and files by the script of `completion`, and runs nothing
 * of the line.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { run } from "../support/run.ts";
import { callCli } from "./call_cli.ts";
import { commandOf, environment, workspace } from "./cli_process.ts";

/** A directory where `globus-edge` is a program, as an installation makes one. */
async function installed() {
  const place = await workspace();
  const [program, first] = commandOf();
  const script = await place.write(
    "globus-edge",
    `#!/bin/sh\nexec '${program}' ${first.map((arg) => `'${arg}'`).join(" ")} "$@"\n`,
  );
  await Deno.chmod(script, 0o755);
  const home = Deno.env.get("HOME") ?? "";
  return {
    ...place,
    env: { ...environment(place.path), PATH: `${place.path}:${Deno.env.get("PATH")}`, HOME: home },
  };
}

/** What bash has for the word at the end of a line, by the script that was sourced. */
async function completionsOf(
  { path, env }: { path: string; env: Record<string, string> },
  lines: readonly string[],
): Promise<string[][]> {
  const ask = `
    eval "$(globus-edge completion bash)"; eval "$(globus-edge completion bash)"
    name="$(complete -p globus-edge | sed 's/.*-F //; s/ .*//')"
    while IFS= read -r line; do
      eval "COMP_WORDS=($line)"; [[ "$line" == *' ' ]] && COMP_WORDS+=("")
      COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); COMP_LINE="$line"; COMP_POINT=\${#line}; COMPREPLY=()
      "$name" globus-edge "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}" 2>/dev/null
      printf '%s\\n' "\${COMPREPLY[@]}" END
    done`;
  const child = new Deno.Command("bash", {
    args: ["--norc", "--noprofile", "-c", ask],
    cwd: path,
    env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([lines.map((line) => `${line}\n`).join("")]).stream().pipeTo(child.stdin),
  ]);
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("END\n").slice(0, -1)
    .map((part) => part.split("\n").filter((word) => word !== "").sort());
}

Deno.test("completion gives bash a script that completes commands, options, values and files", async () => {
  await using place = await installed();
  for (const name of ["sim.py", "simple.txt", "rows.csv"]) await place.write(name, "");
  await Deno.mkdir(place.file("simulations"));
  const [commands, options, values, files, rows, all] = await completionsOf(place, [
    "globus-edge lo",
    "globus-edge run sim.py:f --e",
    "globus-edge whoami --environment pr",
    "globus-edge run sim",
    "globus-edge batch sim.py:f --from ro",
    "globus-edge ",
  ]);
  assertEquals(commands, ["local", "login", "logout"]);
  assertEquals(options, ["--endpoint", "--environment"]);
  assertEquals(values, ["preview", "production"]);
  assert(files?.includes("sim.py") && !files.includes("simple.txt"), `${files}`);
  assertEquals(rows, ["rows.csv"]);
  for (
    const name of ["batch", "endpoints", "generate", "local", "login", "logout", "run", "status", "whoami"]
  ) {
    assert(all?.includes(name), `${all}`);
  }
});

Deno.test("completion works in a bash that somebody types into", async () => {
  await using place = await installed();
  const program = fileURLToPath(new URL("type_into_bash.py", import.meta.url));
  const steps = ['eval "$(globus-edge completion bash)"\n', "\nready> "];
  steps.push("globus-edge whoa\t", "whoami ", "--js\t", "--json ", "\x15", "ready> ");
  steps.push('globus-edge run sim.py:f --args "$(touch ran)" --det\t', "--detach ");
  const { code, stderr } = await new Deno.Command("python3", {
    args: [program, ...steps],
    cwd: place.path,
    env: place.env,
    clearEnv: true,
    stdin: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  // What stands on the line was not run.
  const names = [...Deno.readDirSync(place.path)].map(({ name }) => name);
  assertEquals(names, ["globus-edge"]);
});

Deno.test("completion scripts are whole, and name the program", async () => {
  await using place = await workspace();
  const env = environment(place.path);
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await callCli(["completion", shell], { env });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "globus-edge");
    const script = await place.write(shell, stdout);
    if (shell === "bash") {
      assertEquals(await run("bash", ["-n", script]), { code: 0, stdout: "", stderr: "" });
    } // The other shells are not on every machine.
    else if ((await run("sh", ["-c", `command -v ${shell}`])).code === 0) {
      assertEquals((await run(shell, ["-n", script])).stderr, "");
    }
  }
  const none = await callCli(["completion", "csh"], { env });
  assertEquals([none.code, none.stdout], [2, ""]);
  assertStringIncludes(none.stderr, "csh");
});
