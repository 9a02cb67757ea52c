/**
 * The file of results is read as it is, mended where a line was cut short, and left alone where it is
 * something else.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { nameOfFile, openResultsFile } from "../../src/cli/batch/results_file.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { workspace } from "./cli_process.ts";

const line = (taskId: string, more = "") =>
  `{"index":0,"taskId":"${taskId}","state":"success","result":"${more}"}\n`;

Deno.test("openResultsFile() reads what is there, whatever the lengths of lines, and appends", async () => {
  await using place = await workspace();
  const long = "é".repeat(1 << 20); // Longer than what is read at a time, and characters of two bytes.
  const path = await place.write("out.jsonl", line("a") + line("b", long) + line("c"));
  const file = await openResultsFile(path);
  assertEquals([...file.written.keys()], ["a", "b", "c"]);
  await file.append(line("d").trim());
  await file.close();
  const again = await openResultsFile(path);
  assertEquals([...again.written], ["a", "b", "c", "d"].map((taskId) => [taskId, "success"]));
  await again.close();
});

Deno.test("openResultsFile() takes off a line that was cut short, wherever it was", async () => {
  await using place = await workspace();
  const whole = line("a") + line("b");
  const cut = line("c", "ä");
  for (let length = 0; length < new TextEncoder().encode(cut).length; length++) {
    const bytes = new TextEncoder().encode(whole + cut);
    const kept = bytes.subarray(0, new TextEncoder().encode(whole).length + length);
    await Deno.writeFile(place.file("out.jsonl"), kept);
    const file = await openResultsFile(place.file("out.jsonl"));
    assertEquals([...file.written.keys()], ["a", "b"]);
    await file.append(line("c").trim());
    await file.close();
    assertEquals(await place.read("out.jsonl"), whole + line("c"));
  }
});

Deno.test("nameOfFile() is the same by whatever path a file is named", async () => {
  await using place = await workspace();
  const name = await nameOfFile(place.file("out.jsonl"));
  await Deno.symlink(place.file("out.jsonl"), place.file("link.jsonl"));
  assertEquals(await nameOfFile(place.file("link.jsonl")), name);
  assertEquals(await nameOfFile(`${place.path}/../${place.path.split("/").at(-1)}/out.jsonl`), name);
  assert(await nameOfFile(place.file("other.jsonl")) !== name);
  await assertRejects(() => nameOfFile(place.file("none/out.jsonl")), UsageError, "there is no such file");
});

Deno.test("openResultsFile() makes a file, and leaves one alone that has something else in it", async () => {
  await using place = await workspace();
  const made = await openResultsFile(place.file("new.jsonl"));
  assertEquals(made.written.size, 0);
  await made.close();
  for (
    const text of [
      "a,b\n",
      "\n",
      "{}\n",
      '{"taskId":1,"state":"success"}\n',
      `${line("a")}3\n`,
      "[]\nrest",
      "precious",
      '{"a":',
      `${line("a")}{}`,
    ]
  ) {
    const path = await place.write("other", text);
    await assertRejects(() => openResultsFile(path), UsageError, "it has something else in it");
    assertEquals(await place.read("other"), text);
  }
});
