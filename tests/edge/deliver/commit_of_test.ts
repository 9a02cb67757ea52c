/** The commit of a delivery is found where there is one, and only in a form that fits in an address. */
import { assertEquals, assertThrows } from "@std/assert";
import examples from "@octokit/webhooks-examples" with { type: "json" };
import { commitOf } from "../../../edge/deliver/commit_of.ts";

const SHA = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
const token = "t";

Deno.test("commitOf() finds the commit of a push", () => {
  const repository = { full_name: "octo-org/octo.repo" };
  const commit = { repository: "octo-org/octo.repo", sha: SHA };
  assertEquals(commitOf({ token }, { repository, head_commit: { id: SHA }, after: "0".repeat(40) }), commit);
  assertEquals(commitOf({ token }, { repository, head_commit: null, after: SHA }), commit);
  assertEquals(commitOf({ token }, { repository, after: SHA.padEnd(64, "0") })?.sha.length, 64);
});

Deno.test("commitOf() finds none where there is none that can stand in an address", () => {
  const repository = { full_name: "octo-org/octo-repo" };
  const events: unknown[] = [
    undefined,
    null,
    "text",
    [],
    {},
    { repository },
    { repository: null, after: SHA },
    { repository, head_commit: null, after: "0".repeat(40) },
    { repository, after: SHA.slice(1) },
    { repository, after: SHA.toUpperCase() },
    { repository, after: `${SHA}\n` },
    { repository, after: 5 },
    { repository, head_commit: { id: "../../user" }, after: SHA },
    ...[
      "octo",
      "a/b/c",
      "../b",
      "a/..",
      "a/.",
      "a//b",
      "a/b?x=1",
      "a/b#x",
      "a/b%2f..",
      " a/b",
      "a/b\n",
      "-a/b",
      "a@evil.example/b",
      "a\\b/c",
      5,
    ].map((full_name) => ({ repository: { full_name }, after: SHA })),
  ];
  for (const event of events) assertEquals(commitOf({ token }, event), undefined, JSON.stringify(event));
});

Deno.test("commitOf() holds what a hook's own function finds to the same forms", () => {
  const event = { pull_request: { head: { sha: SHA, repo: "a/b" } } };
  const commit = (found: unknown) => {
    const { head } = (found as typeof event).pull_request;
    return { repository: head.repo, sha: head.sha, token: "x" };
  };
  assertEquals(commitOf({ token, commit }, event), { repository: "a/b", sha: SHA });
  assertEquals(commitOf({ token, commit: () => undefined }, event), undefined);
  assertEquals(commitOf({ token, commit: () => ({ repository: "a/../b", sha: SHA }) }, event), undefined);
  const error = new Error("no such event");
  const thrown = () =>
    commitOf({
      token,
      commit: () => {
        throw error;
      },
    }, event);
  assertEquals(assertThrows(thrown), error);
});

Deno.test("commitOf() finds the commit of each push among GitHub's own examples", () => {
  // deno-lint-ignore no-explicit-any -- 329 payloads of 58 kinds
  const { examples: pushes } = (examples as any[]).find(({ name }) => name === "push");
  const found = pushes.map((
    push: { after: string },
  ) => [/^0+$/.test(push.after), commitOf({ token }, push)?.sha]);
  assertEquals(found.length > 3, true);
  for (const [isDeletion, sha] of found) assertEquals(isDeletion, sha === undefined);
});
