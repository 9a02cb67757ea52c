/** Proves what an error advises after each refusal: another login, another scope, another token. */
import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import {
  accessToken,
  type AuthorizationParameters,
  type Authorizer,
  batchRun,
  ComputeAuthorizationError,
  ComputeHttpError,
  createClient,
  getTask,
} from "../../mod.ts";
import { createObservedFetch, json } from "../support/observed_fetch.ts";
import { ENDPOINT_ID, id, SUBMIT, TASK } from "../support/task_helpers.ts";

const BATCH = { endpointId: ENDPOINT_ID, tasks: [{ functionId: id(7), args: [] }] };

/** An authorizer that says who it acts for. */
function actingFor(isServiceAccount: boolean): Authorizer {
  const authorizer: Authorizer = (request) => request;
  authorizer.identify = () => ({
    issuer: "https://auth.example.org",
    clientId: "c1",
    isServiceAccount,
  });
  return authorizer;
}

async function refusal(
  body: unknown,
  status: number,
  authorizer: Authorizer = accessToken("a-token-1234"),
  headers: Record<string, string> = {},
): Promise<ComputeAuthorizationError> {
  const answer = () => json(body, { status, headers });
  const fetch = createObservedFetch().always(TASK, answer).always(SUBMIT, answer);
  const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch, maxAttempts: 1 });
  const error = await assertRejects(() => batchRun(client, BATCH), ComputeAuthorizationError);
  assertInstanceOf(await assertRejects(() => getTask(client, id(1))), ComputeAuthorizationError);
  return error;
}

Deno.test("a demand for another login has its parameters, and where to send the person", async () => {
  const error = await refusal(
    {
      code: "AuthorizationRequired",
      reason: "not shown, as there is a message",
      authorization_parameters: {
        session_message: "Log in with your laboratory's account",
        session_required_identities: ["ada@example.org"],
        session_required_policies: [id(3), id(4)],
        session_required_single_domain: ["example.org"],
        session_required_mfa: true,
        required_scopes: ["a[b]", "c"],
        prompt: "login",
      },
    },
    403,
    actingFor(false),
  );
  assertEquals(error.authorizationParameters, {
    sessionMessage: "Log in with your laboratory's account",
    sessionRequiredIdentities: ["ada@example.org"],
    sessionRequiredPolicies: [id(3), id(4)],
    sessionRequiredSingleDomain: ["example.org"],
    sessionRequiredMfa: true,
    requiredScopes: ["a[b]", "c"],
    prompt: "login",
  });
  const url = new URL(error.authorizeUrl as string);
  assertEquals(url.origin + url.pathname, "https://auth.example.org/v2/oauth2/authorize");
  assertEquals(Object.fromEntries(url.searchParams), {
    response_type: "code",
    client_id: "c1",
    scope: "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all a[b] c",
    session_message: "Log in with your laboratory's account",
    session_required_identities: "ada@example.org",
    session_required_policies: `${id(3)},${id(4)}`,
    session_required_single_domain: "example.org",
    session_required_mfa: "true",
    prompt: "login",
  });
  assertStringIncludes(error.message, error.authorizeUrl as string);
  assertEquals(error.status, 403);
});

for (
  const [name, body, expected] of [
    ["one string with commas", {
      code: "X",
      reason: "why",
      authorization_parameters: { session_required_policies: "a, b" },
    }, { sessionMessage: "why", sessionRequiredPolicies: ["a", "b"] }],
    ["ConsentRequired with scopes", {
      code: "ConsentRequired",
      message: "why",
      required_scopes: ["s1", "s2"],
    }, {
      sessionMessage: "why",
      requiredScopes: ["s1", "s2"],
    }],
    ["ConsentRequired with one scope", { code: "ConsentRequired", required_scope: "s1" }, {
      requiredScopes: ["s1"],
    }],
    ["dependent_consent_required", { error: "dependent_consent_required", unapproved_scopes: ["s1"] }, {
      requiredScopes: ["s1"],
    }],
  ] satisfies [string, object, AuthorizationParameters][]
) {
  Deno.test(`a demand for another login in an older form: ${name}`, async () => {
    const error = await refusal(body, 403);
    assertEquals(error.authorizationParameters, expected);
    assertStringIncludes(error.authorizeUrl ?? "", "https://auth.globus.org/v2/oauth2/authorize?");
  });
}

Deno.test("a demand for another login may come with any status of a refusal, and with no other", async () => {
  const body = { code: "X", authorization_parameters: { prompt: "login" } };
  for (const status of [400, 401, 404]) {
    assertEquals((await refusal(body, status)).authorizationParameters, { prompt: "login" });
  }
  const fetch = createObservedFetch().queue(TASK, json(body, { status: 424 }), json(body, { status: 500 }));
  const options = { baseUrl: "https://compute.example.org", fetch, maxAttempts: 1 };
  const client = createClient({ ...options, authorizer: accessToken("a-token-1234") });
  const asked = await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError);
  assertEquals(asked.authorizationParameters, { prompt: "login" });
  await assertRejects(() => getTask(client, id(1)), ComputeHttpError);
});

Deno.test("a service account is told that it cannot log in", async () => {
  const error = await refusal(
    { code: "X", authorization_parameters: { prompt: "login" } },
    403,
    actingFor(true),
  );
  assertStringIncludes(error.message, "A service account (c1) cannot log in");
});

Deno.test("a service account without the right is told its own identity and the endpoint", async () => {
  const body = { code: "ENDPOINT_ACCESS_FORBIDDEN", detail: "No access" };
  const error = await refusal(body, 403, actingFor(true));
  assertStringIncludes(
    error.message,
    `Ask the owner of endpoint ${ENDPOINT_ID} to let the service account c1@clients.auth.globus.org use it`,
  );
  assertEquals([error.serviceCode, error.detail], ["ENDPOINT_ACCESS_FORBIDDEN", "No access"]);
  const person = await refusal(body, 403);
  assertStringIncludes(person.message, `Ask the owner of endpoint ${ENDPOINT_ID} to let your account use it`);
});

Deno.test("a token with too little scope, and one that is no good, say so", async () => {
  assertStringIncludes(
    (await refusal({ code: "INSUFFICIENT_AUTH_SCOPE" }, 403)).message,
    "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all",
  );
  assertStringIncludes(
    (await refusal({ code: "INVALID_AUTH_TOKEN" }, 401)).message,
    "expired, revoked, or made for another service",
  );
});

Deno.test("what a gateway says of a bearer in its header is read, where the body says nothing", async () => {
  const challenge = 'Bearer realm="x", error="invalid_token", error_description="The audience is wrong"';
  const error = await refusal("", 401, undefined, { "www-authenticate": challenge });
  assertEquals([error.serviceCode, error.detail], ["invalid_token", "The audience is wrong"]);
});

Deno.test("a service that repeats the token does not get it into an error", async () => {
  const said = "the token a-token-1234 is bad";
  const error = await refusal({ code: "INVALID_AUTH_TOKEN", detail: said }, 401);
  assertEquals(error.detail, "the token [redacted] is bad");
  const header = { "www-authenticate": `Bearer error="invalid_token", error_description="${said}"` };
  assertEquals((await refusal({}, 401, undefined, header)).detail, "the token [redacted] is bad");
});

Deno.test("an authorizer cannot send a request elsewhere", async () => {
  const fetch = createObservedFetch();
  const authorizer: Authorizer = (request) => new Request("https://evil.example.org/v2", request);
  const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch });
  await assertRejects(() => getTask(client, id(1)), TypeError, "https://evil.example.org");
  assertEquals(fetch.sent.length, 0);
});

Deno.test("an authorizer cannot let a redirect be followed", async () => {
  const fetch = createObservedFetch().queue(TASK, json({ status: "running" }));
  const authorizer: Authorizer = (request) => new Request(request, { redirect: "follow" });
  await getTask(createClient({ authorizer, baseUrl: "https://compute.example.org", fetch }), id(1));
  assertEquals(fetch.sent[0]?.redirect, "manual");
});

Deno.test("a refusal is told all the same where the authorizer cannot say who it is", async () => {
  const authorizer: Authorizer = (request) => request;
  authorizer.identify = () => Promise.reject(new Error("vault is sealed"));
  assertEquals((await refusal({ detail: "No access" }, 403, authorizer)).detail, "No access");
});
