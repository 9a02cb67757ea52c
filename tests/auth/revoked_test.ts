/** A revocation that has succeeded is one by its status (RFC 7009, section 2.2): whatever body comes with it is not needed. */
import { assertEquals } from "@std/assert";
import { clientCredentials, logout } from "../../mod.ts";
import { ask, REVOKE, setUpAuth } from "./auth_helpers.ts";

const OPTIONS = { clientId: "id-1", clientSecret: "s3cret-0" };

const ANSWERS: Record<string, [answer: () => Response, isRevoked: boolean]> = {
  "200 without a body": [() => new Response(null), true],
  "204": [() => new Response(null, { status: 204 }), true],
  "200 with a page": [() => new Response("<html></html>"), true],
  "200 with a body that breaks off": [
    () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) })),
    true,
  ],
  "200 with a body that does not come": [() => new Response(new ReadableStream()), true],
  "303": [() => new Response(null, { status: 303 }), false],
  "503": [() => new Response(null, { status: 503 }), false],
};

for (const [name, [answer, isRevoked]] of Object.entries(ANSWERS)) {
  Deno.test(`logout() ${isRevoked ? "takes" : "does not take"} ${name} for a revocation`, async () => {
    const { connect, fetch, clock } = setUpAuth();
    const client = connect(clientCredentials(OPTIONS));
    await ask(client);
    fetch.always(REVOKE, answer);
    const { revoked, notRevoked } = await logout(client);
    const expected = isRevoked ? [["access_token"], []] : [[], ["access_token"]];
    assertEquals([revoked, notRevoked.map(({ token }) => token)], expected);
    assertEquals(clock.sleeping, 0);
  });
}
