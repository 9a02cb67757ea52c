/** A push as GitHub sends it: one of the examples of its documentation, signed here. */
import examples from "@octokit/webhooks-examples" with { type: "json" };

/** The example that has a commit on a branch. */
export function examplePush(): { repository: string; commit: string; body: string } {
  for (const { name, examples: events } of examples) {
    if (name !== "push") continue;
    for (const event of events as PushEvent[]) {
      if (event.ref !== "refs/heads/master" || event.head_commit === null) continue;
      return {
        repository: event.repository.full_name,
        commit: event.head_commit.id,
        body: JSON.stringify(event),
      };
    }
  }
  throw new Error("Cannot find a push to a branch among the examples of GitHub's webhooks");
}

interface PushEvent {
  ref: string;
  head_commit: { id: string } | null;
  repository: { full_name: string };
}

/** The request that GitHub would send. */
export async function signedPush(url: string, body: string, secret: string): Promise<Request> {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, ["sign"]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(body)));
  const hex = [...signature].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": crypto.randomUUID(),
      "x-hub-signature-256": `sha256=${hex}`,
    },
    body,
  });
}
