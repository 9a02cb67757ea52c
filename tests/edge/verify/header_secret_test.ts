/** Senders that send a secret as it is: GitLab, Hugging Face, Telegram, and Microsoft Graph, which has it in the body. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { gitlab, headerSecret, huggingFace, microsoftGraph, type Verifier } from "../../../edge/mod.ts";
import { verify } from "./deliveries.ts";

const SECRET = "a-long-and-random-text";
const DIGEST = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; // Of {}.

function request(headers: Record<string, string>, body = "{}"): Request {
  return new Request("https://hooks.example.org/", { method: "POST", body, headers });
}

Deno.test("gitlab() takes the token, and names a delivery by its Idempotency-Key, or by its bytes", async () => {
  const token = { "x-gitlab-token": SECRET, "x-gitlab-event": "Push Hook" };
  const verifier = gitlab({ secrets: ["another-random-text", SECRET] });
  const key = { "idempotency-key": "f5e5f430-f57b-4e6e-9fac-d9128cd7232f" };
  assertEquals(await verify(verifier, request({ ...token, ...key })), {
    isVerified: true,
    isIdSigned: true,
    deliveryId: "f5e5f430-f57b-4e6e-9fac-d9128cd7232f",
  });
  const older = await verify(verifier, request(token));
  assertEquals(older, { isVerified: true, isIdSigned: true, deliveryId: DIGEST });
  const odd = await verify(verifier, request({ ...token, "idempotency-key": "a b" }));
  assert(!odd.isVerified && odd.cause.includes("'idempotency-key' is no id"));
});

Deno.test("huggingFace() takes the secret, and names a delivery by its bytes", async () => {
  const verification = await verify(
    huggingFace({ secrets: [SECRET] }),
    request({ "x-webhook-secret": SECRET }),
  );
  assertEquals(verification, { isVerified: true, isIdSigned: true, deliveryId: DIGEST });
});

Deno.test("headerSecret() takes the secret of any header, and an id of the body", async () => {
  const verifier = headerSecret({
    header: "X-Telegram-Bot-Api-Secret-Token",
    secrets: [SECRET],
    deliveryId: { field: "update_id" },
  });
  const sent = request({ "x-telegram-bot-api-secret-token": SECRET }, '{"update_id":10000}');
  assertEquals(await verify(verifier, sent), { isVerified: true, isIdSigned: true, deliveryId: "10000" });
});

Deno.test("secrets in headers are compared as bytes: in UTF-8, and whole", async () => {
  const verifier = headerSecret({ header: "x-secret", secrets: [new TextEncoder().encode(SECRET)] });
  for (
    const [value, isTaken] of [[SECRET, true], [SECRET.slice(1), false], [`${SECRET}x`, false], [
      SECRET.toUpperCase(),
      false,
    ], [`${SECRET}, ${SECRET}`, false]] as const
  ) {
    assertEquals((await verify(verifier, request({ "x-secret": value }))).isVerified, isTaken, value);
  }
});

const makers: [string, (secrets: string[]) => Verifier, string][] = [
  ["gitlab()", (secrets) => gitlab({ secrets }), "secrets"],
  ["huggingFace()", (secrets) => huggingFace({ secrets }), "secrets"],
  ["headerSecret()", (secrets) => headerSecret({ header: "x-secret", secrets }), "secrets"],
  ["microsoftGraph()", (clientStates) => microsoftGraph({ clientStates }), "clientStates"],
];
for (const [name, make, option] of makers) {
  Deno.test(`${name} refuses secrets that can be guessed, and shows none`, () => {
    assertThrows(() => make([]), TypeError, `Cannot use ${name} without '${option}'`);
    assertThrows(() => make(undefined as never), TypeError, `Cannot use ${name} without '${option}'`);
    const { message } = assertThrows(
      () => make([SECRET, "s3cr3t"]),
      TypeError,
      `'${option}[1]' of ${name}: it has fewer`,
    );
    assert(!message.includes("s3cr3t"));
  });
}

Deno.test("headerSecret() refuses a header or an id that is none", () => {
  assertThrows(
    () => headerSecret({ header: "x secret", secrets: [SECRET] }),
    TypeError,
    "'header' of headerSecret()",
  );
  const options = { header: "x-secret", secrets: [SECRET], deliveryId: { field: "" } };
  assertThrows(() => headerSecret(options), TypeError, "'deliveryId' of headerSecret()");
});

const notification = (clientState?: unknown) => ({
  id: "lsgTZMr9KwAAA",
  subscriptionId: "76619225-ff6b-4e89-96ca-4ef547e4b2d2",
  clientState,
  changeType: "created",
  resource: "users/{user_guid}@{tenant_guid}/messages/{long_id_string}",
});

Deno.test("microsoftGraph() takes notifications with a clientState that is known, each of them", async () => {
  const verifier = microsoftGraph({ clientStates: ["secretClientValue", "anotherClientValue"] });
  const sent = async (value: unknown) => await verify(verifier, request({}, JSON.stringify({ value })));
  const good = await sent([notification("secretClientValue"), notification("anotherClientValue")]);
  assert(good.isVerified && good.isIdSigned && good.deliveryId?.length === 64);
  const wrong = [
    [],
    {},
    "secretClientValue",
    [notification()],
    [notification(null)],
    [notification(["secretClientValue"])],
    [notification("SecretClientValue")],
    [notification("secretClientValue"), notification("x")],
    [notification("secretClientValue"), null],
    [
      notification("secretClientValue"),
      ...Array.from({ length: 10 }, (_, at) => notification(`state ${at}`)),
    ],
  ];
  for (const value of wrong) {
    const verification = await sent(value);
    assert(!verification.isVerified, JSON.stringify(value));
    assert(!verification.cause.includes("secretClientValue"));
  }
  for (const body of ["", "null", "[", '"x"', `{"value":${"[".repeat(500_000)}`]) {
    assert(!(await verify(verifier, request({}, body))).isVerified);
  }
});
