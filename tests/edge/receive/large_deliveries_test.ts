/** What GitHub sends is taken whole, up to its 25 MB, within the 128 MB that a Worker has. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createRequire } from "node:module";
import { join } from "node:path";
import { anyOf, bearer, github, gitlab, type Hook, type Verifier } from "../../../edge/mod.ts";
import { directories } from "../../support/directories.ts";
import { bundleWorker } from "../../support/bundle_worker.ts";
import { type EdgeSetUp, setUpEdge, told } from "../edge_helpers.ts";
import { delivery, signedRequest } from "../verify/deliveries.ts";
import { GITHUB, STANDARD_WEBHOOKS } from "../verify/schemes.ts";

const MEBI = 1_048_576;
const PERSON = { name: "A. Researcher", email: "a@example.org", username: "ar" };

/** A push of so many commits, as GitHub describes them. */
function push(count: number, message = "Vary the temperature"): string {
  const commits = Array.from({ length: count }, (_, at) => ({
    id: at.toString(16).padStart(40, "0"),
    tree_id: at.toString(16).padStart(40, "f"),
    distinct: true,
    message: `${message} ${at}`,
    timestamp: "2026-01-01T00:00:00+01:00",
    url: `https://github.com/lab/simulation/commit/${at.toString(16).padStart(40, "0")}`,
    author: PERSON,
    committer: PERSON,
    added: [`data/${at}.csv`],
    removed: [],
    modified: ["src/main.py"],
  }));
  return JSON.stringify({ ref: "refs/heads/main", deleted: false, commits, head_commit: commits.at(-1) });
}

Deno.test("a push of 2,048 commits, 1.1 MB, is taken", async () => {
  const body = push(2_048, "x".repeat(60));
  assert(body.length > 1.1e6 && body.length < 1.3e6, `${body.length}`);
  await using edge = await setUpEdge({
    scheme: GITHUB,
    tasks: (event) => [[(event as { commits: unknown[] }).commits.length]],
  });
  const response = await edge.handler(signedRequest(GITHUB, delivery({ body })));
  assertEquals([response.status, edge.runs()], [202, ["2048"]]);
  await response.body?.cancel();
});

/** What a hook makes of bodies of these sizes; an operator is told of the limit where one is too large. */
async function statuses(setUp: EdgeSetUp, verify: Verifier, sizes: readonly number[]): Promise<number[]> {
  await using edge = await setUpEdge({ ...setUp, hook: { ...setUp.hook, verify, batch: () => undefined } });
  const found: number[] = [];
  for (const [at, size] of sizes.entries()) {
    const sent = delivery({ body: `"${"x".repeat(size - 2)}"`, id: `msg_${at}` });
    const request = signedRequest(GITHUB, sent);
    request.headers.set("x-gitlab-token", "a-long-and-random-text");
    for (const [name, value] of Object.entries(STANDARD_WEBHOOKS.sign(sent, STANDARD_WEBHOOKS.secret))) {
      request.headers.set(name, value);
    }
    const { status, body } = await told(await edge.handler(request));
    if (status === 413) {
      const event = edge.events.at(-1);
      assert(event?.kind === "deliveryRefused");
      assertStringIncludes(event.cause, "'maxBodyBytes' of the hook may let it in");
      assertStringIncludes(String(body.detail), "It may have ");
    }
    found.push(status);
  }
  return found;
}

const byGithub = github({ secrets: [GITHUB.secret] });
const standard = STANDARD_WEBHOOKS.verifier([STANDARD_WEBHOOKS.secret]);
const own: Verifier = Object.assign(() => Promise.resolve({ isVerified: true as const, deliveryId: "1" }), {
  maxBodyBytes: 3 * MEBI,
});
const LIMITS: [name: string, verify: Verifier, limit: number, hook?: Partial<Hook>, maxBodyBytes?: number][] =
  [
    ["GitHub's 25 MiB", byGithub, 25 * MEBI],
    ["GitLab's 25 MiB", gitlab({ secrets: ["a-long-and-random-text"] }), 25 * MEBI],
    ["the default of a verifier that states none", standard, MEBI],
    [
      "the largest of several verifiers",
      anyOf(bearer({ tokens: ["a-token-of-16-letters"] }), byGithub),
      25 * MEBI,
    ],
    ["what a verifier of one's own states", own, 3 * MEBI],
    ["the handler's, where it is set", byGithub, 2 * MEBI, {}, 2 * MEBI],
    ["the handler's, where it is set higher", standard, 2 * MEBI, {}, 2 * MEBI],
    ["the hook's own", byGithub, 1_000, { maxBodyBytes: 1_000 }, 2 * MEBI],
  ];
for (const [name, verify, limit, hook = {}, maxBodyBytes] of LIMITS) {
  Deno.test(`a hook takes a body up to ${name}`, async () => {
    const options = maxBodyBytes === undefined ? {} : { limits: { maxBodyBytes } };
    assertEquals(await statuses({ hook, options }, verify, [limit, limit + 1]), [200, 413]);
  });
}

for (const size of [0, -1, 1.5, NaN, Infinity, "25MB"]) {
  Deno.test(`a hook refuses a verifier whose sender sends at most ${JSON.stringify(size)} bytes`, async () => {
    const verify = Object.assign(() => Promise.resolve({ isVerified: true as const }), {
      maxBodyBytes: size as number,
    });
    await assertRejects(
      () => setUpEdge({ hook: { verify } }),
      typeof size === "number" ? RangeError : TypeError,
      "'hooks.push.verify.maxBodyBytes'",
    );
  });
}

/** What workerd may have for its heap: the body and one copy of it beside that are less than 128 MB together. */
const HEAP_MIB = 72;
const BODY_BYTES = 25 * MEBI;

/** Runs a Worker in workerd itself, which takes flags for V8, as Miniflare does not. */
async function startWorkerd(directory: string) {
  await Deno.writeTextFile(
    join(directory, "worker.js"),
    await bundleWorker("tests/edge/receive/large_worker.ts"),
  );
  await Deno.writeTextFile(
    join(directory, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  v8Flags = ["--max-heap-size=${HEAP_MIB}"],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
);
`,
  );
  const child = new Deno.Command(workerdPath(), {
    args: ["serve", join(directory, "config.capnp"), "--control-fd=1"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  let port: string | undefined;
  while (port === undefined) {
    const { done, value } = await lines.read();
    if (done) throw new Error(`workerd ended: ${printed}`);
    printed += value;
    port = /"port":(\d+)/.exec(printed)?.[1];
  }
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}/hooks/push`,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself: it had too little memory.
      }
      await child.status;
      await lines.cancel();
    },
  };
}

/** The program that Miniflare runs. */
function workerdPath(): string {
  const { default: path } = createRequire(import.meta.resolve("miniflare"))("workerd") as { default: string };
  return path;
}

/** The most memory that a process has had, where the system tells. */
async function peakBytes(pid: number): Promise<number | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  return Number(/VmHWM:\s+(\d+) kB/.exec(await Deno.readTextFile(`/proc/${pid}/status`))?.[1]) * 1024;
}

for (const [name, message] of [["ASCII", "Vary"], ["a text beyond Latin-1", "Größe 📏"]] as const) {
  Deno.test(`25 MB of ${name} are read, verified and parsed in workerd within 128 MB`, async () => {
    await using made = await directories();
    await using worker = await startWorkerd(made.path);
    const send = async (body: string) => {
      const request = signedRequest(GITHUB, delivery({ body, id: `of-${body.length}` }), { url: worker.url });
      return await (await fetch(request)).json();
    };
    assertEquals(await send(push(1)), { status: 200, commits: 1 });
    const beforeBytes = await peakBytes(worker.pid);
    const perCommit = new TextEncoder().encode(push(1_001, message)).length -
      new TextEncoder().encode(push(1, message)).length;
    const count = Math.floor((BODY_BYTES - 100_000) / (perCommit / 1_000 + 6));
    const body = push(count, message);
    const length = new TextEncoder().encode(body).length;
    assert(length > 24e6 && length <= BODY_BYTES, `${length}`);
    assertEquals(await send(body), { status: 200, commits: count });
    const afterBytes = await peakBytes(worker.pid);
    if (beforeBytes === undefined || afterBytes === undefined) return;
    assert(afterBytes - beforeBytes < 128e6, `It took ${afterBytes - beforeBytes} bytes`);
  });
}
