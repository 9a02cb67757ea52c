/**
 * Where an answer asks for another login: in the document or in its `errors`, in each form that the Python SDK takes. What
 * the caller sees is the error's parameters, its address and its advice; the address is one that the local service's
 * login page takes.
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  accessToken,
  type AuthorizationParameters,
  type Authorizer,
  clientCredentials,
  ComputeAuthorizationError,
  createClient,
  dependentToken,
  getTask,
} from "../../mod.ts";
import { createLocalService } from "../../src/local/mod.ts";
import { ask, setUpAuth, TOKEN } from "../auth/auth_helpers.ts";
import { createObservedFetch, json } from "../support/observed_fetch.ts";
import { id } from "../support/task_helpers.ts";

const TASK = `GET /v2/tasks/${id(1)}`;
const COMPUTE_SCOPE = "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all";
const LOG_IN_AGAIN = "Log in again in a way that meets 'authorizationParameters'";
const POLICY = { session_required_policies: ["p1"] };

/** The error of a call that is answered so. */
async function refusal(body: unknown, authorizer: Authorizer = accessToken("a-token-1234"), status = 403) {
  const fetch = createObservedFetch().queue(TASK, json(body, { status }));
  const client = createClient({ authorizer, baseUrl: "https://compute.example.org", fetch, maxAttempts: 1 });
  return await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError);
}

const FORMS: [name: string, body: unknown, expected: AuthorizationParameters][] = [
  [
    "errors[] beside a code and a message",
    {
      code: "PermissionDenied",
      message: "No",
      errors: [{ code: "AuthorizationRequired", authorization_parameters: POLICY }],
    },
    { sessionRequiredPolicies: ["p1"] },
  ],
  [
    "errors[] of JSON:API, with a status and a title",
    {
      errors: [
        { status: "403", code: "FORBIDDEN", title: "No" },
        { status: "403", code: "AuthorizationRequired", detail: "why", authorization_parameters: POLICY },
      ],
    },
    { sessionMessage: "why", sessionRequiredPolicies: ["p1"] },
  ],
  [
    "errors[] without a code",
    { errors: [{ authorization_parameters: { session_required_single_domain: "a.org,b.org" } }] },
    { sessionRequiredSingleDomain: ["a.org", "b.org"] },
  ],
  [
    "errors[] with ConsentRequired of Transfer",
    { errors: ["odd", null, { code: "ConsentRequired", message: "why", required_scopes: ["s1", "s2"] }] },
    { sessionMessage: "why", requiredScopes: ["s1", "s2"] },
  ],
  [
    "errors[] with ConsentRequired of an action provider",
    { errors: [{ code: "ConsentRequired", required_scope: "s1", description: "why" }] },
    { sessionMessage: "why", requiredScopes: ["s1"] },
  ],
  [
    "ConsentRequired of an action provider, with parameters beside its scope",
    { code: "ConsentRequired", required_scope: "s1", authorization_parameters: { session_message: "why" } },
    { sessionMessage: "why", requiredScopes: ["s1"] },
  ],
  [
    "dependent_consent_required of Globus Auth, whose scopes are in errors[]",
    { error: "dependent_consent_required", errors: [{ unapproved_scopes: ["s1", "s2"] }] },
    { requiredScopes: ["s1", "s2"] },
  ],
  ["dependent_consent_required without scopes", {
    error: "dependent_consent_required",
    errors: [{ code: "x" }],
  }, {}],
  [
    "the document, before what is in its errors[]",
    {
      code: "AuthorizationRequired",
      authorization_parameters: { prompt: "login" },
      errors: [{ code: "AuthorizationRequired", authorization_parameters: POLICY }],
    },
    { prompt: "login" },
  ],
];
for (const [name, body, expected] of FORMS) {
  Deno.test(`a demand for another login is found: ${name}`, async () => {
    const error = await refusal(body);
    assertEquals(error.authorizationParameters, expected);
    assertStringIncludes(error.message, `${LOG_IN_AGAIN}: ${error.authorizeUrl}`);
  });
}

Deno.test("a demand for another login is found after a byte order mark", async () => {
  const body = `\ufeff${JSON.stringify({ errors: [{ authorization_parameters: POLICY }] })}`;
  const fetch = createObservedFetch().queue(TASK, new Response(body, { status: 403 }));
  const options = { baseUrl: "https://compute.example.org", fetch, maxAttempts: 1 };
  const client = createClient({ ...options, authorizer: accessToken("a-token-1234") });
  const error = await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError);
  assertEquals(error.authorizationParameters, { sessionRequiredPolicies: ["p1"] });
});

Deno.test("a refusal that asks for no login has none, and its code and detail are found in errors[]", async () => {
  const bodies: unknown[] = [
    { errors: [{ code: "FORBIDDEN", detail: "Not yours" }] },
    { code: "FORBIDDEN", detail: "Not yours", errors: [{ code: "OTHER", detail: "other" }] },
    { errors: [{ code: "FORBIDDEN", message: "Not yours", authorization_parameters: "none" }] },
    { code: "FORBIDDEN", errors: [{ message: "Not yours", errors: [{ authorization_parameters: POLICY }] }] },
  ];
  for (const body of bodies) {
    const { authorizationParameters, authorizeUrl, serviceCode, detail } = await refusal(body);
    assertEquals([authorizationParameters, authorizeUrl], [undefined, undefined]);
    assertEquals([serviceCode, detail], ["FORBIDDEN", "Not yours"]);
  }
  const noneListed = await refusal({ code: "FORBIDDEN", errors: { authorization_parameters: POLICY } });
  assertEquals(noneListed.authorizationParameters, undefined);
});

Deno.test("an address for a session alone asks for the client's own scopes, and merges those that are required", async () => {
  const scopeOf = ({ authorizeUrl = "" }: ComputeAuthorizationError) =>
    new URL(authorizeUrl).searchParams.get("scope");
  const session = { code: "AuthorizationRequired", authorization_parameters: POLICY };
  const consent = { code: "ConsentRequired", required_scopes: ["s2", COMPUTE_SCOPE] };
  assertEquals(scopeOf(await refusal(session)), COMPUTE_SCOPE);
  assertEquals(scopeOf(await refusal(consent)), `${COMPUTE_SCOPE} s2`);
  const authorizer: Authorizer = (request) => request;
  authorizer.identify = () => ({ clientId: "c1", scopes: ["s1", "openid"] });
  assertEquals(scopeOf(await refusal(session, authorizer)), "s1 openid");
  assertEquals(scopeOf(await refusal(consent, authorizer)), `s1 openid s2 ${COMPUTE_SCOPE}`);
});

Deno.test("the address of a refusal opens the local service's login page; without its scope it would not", async () => {
  await using local = createLocalService();
  const authorizer: Authorizer = (request) => request;
  authorizer.identify = () => ({ issuer: local.issuer, clientId: local.clientId });
  const { authorizeUrl = "" } = await refusal({ errors: [{ authorization_parameters: POLICY }] }, authorizer);
  const url = new URL(authorizeUrl);
  url.searchParams.set("redirect_uri", "http://localhost:4321/callback");
  const page = await local.fetch(new Request(url));
  assertEquals(page.status, 200);
  assertStringIncludes(await page.text(), COMPUTE_SCOPE);
  url.searchParams.delete("scope");
  const refused = await local.fetch(new Request(url), { redirect: "manual" });
  const sentTo = new URL(refused.headers.get("location") ?? "");
  assertEquals([refused.status, sentTo.searchParams.get("error")], [302, "invalid_scope"]);
});

Deno.test("a service account that lacks scopes alone is told to ask for them", async () => {
  const { connect, fetch, good } = setUpAuth();
  good.add("token-1");
  const client = connect(clientCredentials({ clientId: "c1", clientSecret: "s3cret-0" }));
  fetch.queue(TASK, json({ errors: [{ code: "ConsentRequired", required_scope: "s1" }] }, { status: 403 }));
  const error = await assertRejects(() => getTask(client, id(1)), ComputeAuthorizationError);
  assertStringIncludes(
    error.message,
    "A service account (c1) cannot log in to meet this: ask for a token with 'requiredScopes' too",
  );
});

Deno.test("a consent that a trade of tokens lacks is told with the address where it is given", async () => {
  const { connect, fetch } = setUpAuth();
  const body = {
    error: "dependent_consent_required",
    error_description: "Consent of User-0123456789 is missing",
    errors: [{ unapproved_scopes: ["s1[s2]", "User-0123456789"] }],
  };
  fetch.queue(TOKEN, json(body, { status: 401 }));
  const client = connect(
    dependentToken({ clientId: "portal", clientSecret: "s3cret-0", userToken: "User-0123456789" }),
  );
  const error = await assertRejects(() => ask(client), ComputeAuthorizationError);
  assertEquals(error.authorizationParameters, { requiredScopes: ["s1[s2]", "[redacted]"] });
  assertStringIncludes(error.message, `The person has to log in: ${error.authorizeUrl}`);
  assertEquals(
    Object.fromEntries(new URL(error.authorizeUrl ?? "").searchParams),
    { response_type: "code", client_id: "portal", scope: `${COMPUTE_SCOPE} s1[s2] [redacted]` },
  );
  assertEquals(error.message.includes("User-0123456789"), false);
});
