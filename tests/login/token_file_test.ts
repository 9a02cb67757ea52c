/**
 * The file of logins is for its owner alone, loses no change of processes that write at once, and is whole
 * after a kill.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ComputeAuthorizationError } from "../../src/errors/authorization_error.ts";
import { withFileLock } from "../../src/login/file_lock.ts";
import { tokenFile } from "../../src/login/token_file.ts";
import { userDirectory } from "../../src/login/user_directory.ts";
import { seeded } from "../store/seeded.ts";
import { ROOT } from "../support/run.ts";
import { storms } from "../support/storm_length.ts";
import { assertNoSecrets, storedLoginOf, temporaryDirectory } from "./login_support.ts";

const GLOBUS = "https://auth.globus.org";
const LOCAL = "http://127.0.0.1:5000";
const SCRIPT = fileURLToPath(new URL("token_file_process.ts", import.meta.url));

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

Deno.test("tokenFile() keeps logins by issuer, for their owner alone", async () => {
  await using made = await temporaryDirectory();
  const directory = join(made.path, "new", "deep");
  const file = tokenFile(directory);
  assertEquals(await file.read(GLOBUS), undefined);
  const login = storedLoginOf();
  const local = storedLoginOf({ clientId: "local-native", accessToken: "secret-access-2" });
  assertEquals(await file.update(GLOBUS, () => login), login);
  await file.update(LOCAL, () => local);
  assertEquals(await file.read(GLOBUS), login);
  assertEquals(await file.read(LOCAL), local);
  assertEquals(await modeOf(file.path), "600");
  assertEquals([await modeOf(directory), await modeOf(join(made.path, "new"))], ["700", "700"]);
  assertEquals(file.path, join(directory, "edge-compute-globus.json"));
  assertEquals(JSON.parse(await readFile(file.path, "utf8")), {
    version: 1,
    logins: { [GLOBUS]: login, [LOCAL]: local },
  });
  await file.update(LOCAL, () => undefined);
  assertEquals(await file.read(LOCAL), undefined);
  assertEquals(await file.read(GLOBUS), login);
  assertEquals(await readdir(directory), ["edge-compute-globus.json"]);
});

Deno.test("tokenFile() leaves the file alone where nothing changes", async () => {
  await using made = await temporaryDirectory();
  const file = tokenFile(made.path);
  assertEquals(await file.update(GLOBUS, (standing) => standing), undefined);
  assertEquals(await readdir(made.path), []);
});

Deno.test("tokenFile() takes a file that others can read away from them before it reads it", async () => {
  await using made = await temporaryDirectory();
  const file = tokenFile(made.path);
  await file.update(GLOBUS, () => storedLoginOf());
  await chmod(file.path, 0o644);
  await file.read(GLOBUS);
  assertEquals(await modeOf(file.path), "600");
});

for (
  const [name, text] of Object.entries({
    "is no JSON": '{"version": 1, "logins": {"secret-access',
    "is empty": "",
    "has no logins": '{"version": 1}',
    "has a token that no header can carry": JSON.stringify({
      version: 1,
      logins: { [GLOBUS]: { ...storedLoginOf(), accessToken: "secret-access-1\n" } },
    }),
    "has a login that is none": `{"version": 1, "logins": {"${GLOBUS}": {"accessToken": "secret-access-1"}}}`,
  })
) {
  Deno.test(`tokenFile() says to log in again where the file ${name}, and a login replaces it`, async () => {
    await using made = await temporaryDirectory();
    const file = tokenFile(made.path);
    await writeFile(file.path, text);
    const expected = `Cannot use the logins in '${file.path}': the file is damaged; log in again`;
    for (const work of [() => file.read(GLOBUS), () => file.update(GLOBUS, () => undefined)]) {
      const error = await assertRejects(work, ComputeAuthorizationError);
      assertEquals(error.message, expected);
      assertNoSecrets(error);
    }
    const login = storedLoginOf();
    await file.update(GLOBUS, () => login, { replaceDamaged: true });
    assertEquals(await file.read(GLOBUS), login);
  });
}

Deno.test("tokenFile() neither reads nor replaces what a newer version has written", async () => {
  await using made = await temporaryDirectory();
  const file = tokenFile(made.path);
  await writeFile(file.path, '{"version": 2, "people": []}');
  await assertRejects(() => file.read(GLOBUS), ComputeAuthorizationError, "update this one");
  const write = () => file.update(GLOBUS, () => storedLoginOf(), { replaceDamaged: true });
  await assertRejects(write, ComputeAuthorizationError, "update this one");
  assertEquals(await readFile(file.path, "utf8"), '{"version": 2, "people": []}');
});

Deno.test("tokenFile() says what is wrong with the directory", async () => {
  await using made = await temporaryDirectory();
  const taken = join(made.path, "taken");
  await writeFile(taken, "");
  for (const directory of [taken, join(taken, "below"), "/proc/nowhere/at/all"]) {
    const write = () => tokenFile(directory).update(GLOBUS, () => storedLoginOf());
    const error = await assertRejects(write, ComputeAuthorizationError, `in the directory '${directory}'`);
    assertStringIncludes(error.message, "set GLOBUS_COMPUTE_USER_DIR to another one");
    assertNoSecrets(error);
  }
  const file = tokenFile(join(made.path, "odd"));
  await mkdir(file.path, { recursive: true });
  await assertRejects(
    () => file.read(GLOBUS),
    ComputeAuthorizationError,
    `Cannot read the logins in '${file.path}'`,
  );
});

Deno.test("userDirectory() is where the Python SDK keeps its own", () => {
  assertEquals(userDirectory(undefined, {}), join(homedir(), ".globus_compute"));
  assertEquals(userDirectory(undefined, { GLOBUS_COMPUTE_USER_DIR: "" }), join(homedir(), ".globus_compute"));
  assertEquals(userDirectory(undefined, { GLOBUS_COMPUTE_USER_DIR: "/data/compute" }), "/data/compute");
  assertEquals(userDirectory("/mine", { GLOBUS_COMPUTE_USER_DIR: "/data/compute" }), "/mine");
});

Deno.test("tokenFile() takes over from a process that was killed with the lock, and removes what it left", async () => {
  await using made = await temporaryDirectory();
  const file = tokenFile(made.path);
  const lock = `${file.path}.lock`;
  await writeFile(lock, "somebody");
  await writeFile(`${file.path}.tmp-left`, "secret-access-0");
  const longAgo = new Date(Date.now() - 31_000);
  await utimes(lock, longAgo, longAgo);
  await Promise.all(Array.from({ length: 8 }, (_, i) => file.update(`${LOCAL}/${i}`, () => storedLoginOf())));
  assertEquals(await readdir(made.path), ["edge-compute-globus.json"]);
  assertEquals(Object.keys(JSON.parse(await readFile(file.path, "utf8")).logins).length, 8);
});

function start(directory: string, issuer: string, rounds: number) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", SCRIPT, directory, issuer, `${rounds}`],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

Deno.test("tokenFile() loses no change of processes that write at the same time", async () => {
  await using made = await temporaryDirectory();
  const issuers = [GLOBUS, LOCAL, GLOBUS];
  const outputs = await Promise.all(issuers.map((issuer) => start(made.path, issuer, 15).output()));
  assertEquals(outputs.map(({ code }) => code), [0, 0, 0]);
  const file = tokenFile(made.path);
  assertEquals([(await file.read(GLOBUS))?.scope, (await file.read(LOCAL))?.scope], ["30", "15"]);
  assertEquals(await readdir(made.path), ["edge-compute-globus.json"]);
});

Deno.test("tokenFile() has the old logins or the new ones after a writer was killed", async () => {
  await using made = await temporaryDirectory();
  const file = tokenFile(made.path);
  await file.update(LOCAL, () => storedLoginOf());
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seeded(seed);
  let written = 0;
  for (let round = 0; round < storms(4, 40); round++) {
    const child = start(made.path, GLOBUS, 100_000);
    const enough = 5 + Math.floor(random() * 20);
    let dots = 0;
    for await (const text of child.stdout) {
      dots += text.length;
      if (dots >= enough) break;
    }
    child.kill("SIGKILL");
    await child.status;
    const now = Number((await file.read(GLOBUS))?.scope);
    assert(now >= written + 5, `${now} after ${written} in round ${round} of seed ${seed}`);
    written = now;
    assertEquals((await file.read(LOCAL))?.accessToken, "secret-access-1");
    for (const name of await readdir(made.path)) {
      assertEquals(await modeOf(join(made.path, name)), "600", name);
    }
    // What a killed process holds is given up after 30 s: these have passed.
    const longAgo = new Date(Date.now() - 31_000);
    await utimes(`${file.path}.lock`, longAgo, longAgo).catch(() => {});
  }
  await file.update(GLOBUS, () => undefined);
  assertEquals(await readdir(made.path), ["edge-compute-globus.json"]);
});

Deno.test("withFileLock() takes over from a process that ended before the clock was set back", async () => {
  await using directory = await temporaryDirectory();
  const lock = `${directory.path}/some.lock`;
  await writeFile(lock, "somebody");
  const inAnHour = new Date(Date.now() + 3_600_000);
  await utimes(lock, inAnHour, inAnHour);
  let monotonicMs = 0;
  const clock = {
    nowMs: () => Date.now(),
    monotonicMs: () => monotonicMs,
    // 25 ms at a time would be a thousand looks at the file.
    sleep: (ms: number) => Promise.resolve(void (monotonicMs += 40 * ms)),
  };
  assertEquals(await withFileLock(lock, ({ isHeld }) => isHeld(), clock), true);
  assertEquals(monotonicMs >= 30_000 && monotonicMs <= 32_000, true);
});
