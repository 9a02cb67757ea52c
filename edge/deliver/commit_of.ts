import { membersOf } from "../../src/base/narrow.ts";
import type { Commit, CommitStatusTarget } from "../hook.ts";

/** They stand in an address: a name of GitHub's has no other characters. */
const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** What a push has in the place of a commit where a branch was removed. */
const NO_COMMIT = /^0+$/;

/**
 * The commit that an event is about, if it has one that can stand in an address. Without a function of the hook's own
 * it is that of a push: `repository.full_name`, and `head_commit.id` or `after`.
 */
export function commitOf({ commit }: CommitStatusTarget, event: unknown): Commit | undefined {
  const found: Partial<Record<keyof Commit, unknown>> | undefined = commit === undefined
    ? commitOfPush(event)
    : commit(event);
  return isCommit(found) ? { repository: found.repository, sha: found.sha } : undefined;
}

/** Whether it is a commit whose parts can stand in an address. */
export function isCommit(value: unknown): value is Commit {
  const { repository, sha } = membersOf(value);
  return typeof repository === "string" && REPOSITORY.test(repository) &&
    typeof sha === "string" && SHA.test(sha) && !NO_COMMIT.test(sha);
}

function commitOfPush(event: unknown): Partial<Record<keyof Commit, unknown>> {
  const { repository, head_commit, after } = membersOf(event);
  return { repository: membersOf(repository).full_name, sha: membersOf(head_commit).id ?? after };
}
