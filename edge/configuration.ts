import { messageOf } from "../src/base/narrow.ts";
import * as v from "valibot";
import { createClient, type Environment, fromEnvironment } from "../mod.ts";
import { ENCRYPTION_KEY } from "./check_options.ts";
import type { Hook } from "./hook.ts";
import type { EdgeOptions, ServiceOptions } from "./options.ts";
import { count, flag, readAll, readVariables, texts, type Variables } from "./read_variables.ts";
import { bearer } from "./verify/bearer.ts";

/** What a hooks file exports: it makes the hooks from the environment. */
export type CreateHooks = (env: Variables) => Readonly<Record<string, Hook>>;

/** What a deployable adds to the settings. */
export type EdgeParts = Pick<
  EdgeOptions,
  "store" | "resolveAddresses" | "waitUntil" | "onDue" | "onEvent"
>;

const MIN_LINK_SECRET_LENGTH = 32;
const MIN_TOKEN_LENGTH = 16;
const DAY_MS = 24 * 60 * 60 * 1000;
const DAY_SECONDS = 24 * 60 * 60;

const SETTINGS = {
  EDGE_BASE_URL: v.pipe(
    v.string("is not set"),
    v.check(
      isSafeUrl,
      "must be where senders reach the handler: HTTPS, or plain HTTP to loopback, and no query",
    ),
  ),
  EDGE_LINK_SECRETS: texts(MIN_LINK_SECRET_LENGTH),
  EDGE_OPERATOR_TOKENS: v.optional(texts(MIN_TOKEN_LENGTH)),
  EDGE_ENCRYPTION_KEYS: v.optional(v.pipe(
    texts(1),
    v.everyItem(
      (key) => ENCRYPTION_KEY.test(key),
      "must be 32 bytes in base64 each, as 'openssl rand -base64 32' makes them, with spaces or commas between them",
    ),
  )),
  EDGE_LINK_DAYS: v.optional(count()),
  EDGE_RETENTION_DAYS: v.optional(count()),
  EDGE_MAX_BODY_BYTES: v.optional(count()),
  EDGE_MAX_REQUESTS_PER_10S: v.optional(count()),
  EDGE_ALLOW_PRIVATE_ADDRESSES: flag(),
  GLOBUS_SDK_SERVICE_URL_COMPUTE: serviceUrl(),
  GLOBUS_SDK_SERVICE_URL_AUTH: serviceUrl(),
};

/**
 * The options of a handler from the environment, for each deployable alike.
 *
 * | variable | what it says |
 * |---|---|
 * | `EDGE_BASE_URL` | where senders reach the handler, `https://hooks.example.org` |
 * | `EDGE_LINK_SECRETS` | signs links to batches: 32 characters or more (`openssl rand -hex 32`); of several, with spaces or commas between them, the first signs and all are taken |
 * | `GLOBUS_COMPUTE_CLIENT_ID`, `GLOBUS_COMPUTE_CLIENT_SECRET` | the service account that submits, or `GLOBUS_COMPUTE_ACCESS_TOKEN` |
 * | `EDGE_OPERATOR_TOKENS` | lets an operator in, by `Authorization: Bearer`; 16 characters or more. Without it nobody is |
 * | `EDGE_ENCRYPTION_KEYS` | encrypts the values in the store: 32 bytes in base64 (`openssl rand -base64 32`); of several, with spaces or commas between them, the first encrypts and all decrypt (nothing is encrypted) |
 * | `EDGE_LINK_DAYS` | how long a link is good for (7) |
 * | `EDGE_RETENTION_DAYS` | how long deliveries, batches and results are kept (14) |
 * | `EDGE_MAX_BODY_BYTES` | the largest delivery, in bytes, for each hook without a limit of its own (what its sender sends at most: 26,214,400 for GitHub and GitLab; else 1,048,576) |
 * | `EDGE_MAX_REQUESTS_PER_10S` | requests to the Compute service (20) |
 * | `EDGE_ALLOW_PRIVATE_ADDRESSES` | `true` lets results be sent to private addresses and over plain HTTP, for development (`false`) |
 * | `GLOBUS_SDK_SERVICE_URL_COMPUTE`, `GLOBUS_SDK_SERVICE_URL_AUTH` | another Compute service and its authorization server, such as `deno task local` |
 * | `GLOBUS_SDK_ENVIRONMENT` | another deployment of Globus, by its name (`production`) |
 *
 * The hooks file reads what it needs beside them.
 *
 * @throws {SettingsError} If settings are missing or of no use: its message is one line that names all of them.
 */
export function readConfiguration(env: Variables, createHooks: CreateHooks, parts: EdgeParts): EdgeOptions {
  const [settings, authorizer, hooks] = readAll(
    () => readVariables(env, SETTINGS),
    () => fromEnvironment(env),
    () => createHooks(env),
  );
  const {
    EDGE_LINK_DAYS: linkDays,
    EDGE_RETENTION_DAYS: retentionDays,
    EDGE_OPERATOR_TOKENS: tokens,
    EDGE_MAX_BODY_BYTES: maxBodyBytes,
    EDGE_ENCRYPTION_KEYS: encrypt,
  } = settings;
  const service = serviceOf(settings, env.GLOBUS_SDK_ENVIRONMENT);
  const [operator] = readAll(
    () => tokens && named("EDGE_OPERATOR_TOKENS", () => bearer({ tokens })),
    // The handler makes its own with the first delivery, which is late to be told of a wrong address.
    () => {
      const { maxRequestsPer10s: _, ...rest } = service;
      return named("GLOBUS_SDK_ENVIRONMENT", () => createClient({ authorizer, ...rest }));
    },
  );
  return {
    ...parts,
    hooks,
    baseUrl: settings.EDGE_BASE_URL,
    linkSecrets: settings.EDGE_LINK_SECRETS,
    authorizer,
    service,
    allowPrivateAddresses: settings.EDGE_ALLOW_PRIVATE_ADDRESSES,
    ...(encrypt ? { encrypt } : {}),
    ...(operator ? { operator } : {}),
    ...(maxBodyBytes ? { limits: { maxBodyBytes } } : {}),
    ...(linkDays ? { linkLifetimeSeconds: linkDays * DAY_SECONDS } : {}),
    ...(retentionDays ? { retentionMs: retentionDays * DAY_MS } : {}),
  };
}

function serviceOf(
  settings: {
    GLOBUS_SDK_SERVICE_URL_COMPUTE?: string | undefined;
    EDGE_MAX_REQUESTS_PER_10S?: number | undefined;
  },
  environment: string | undefined,
): ServiceOptions {
  const { GLOBUS_SDK_SERVICE_URL_COMPUTE: baseUrl, EDGE_MAX_REQUESTS_PER_10S: maxRequestsPer10s } = settings;
  return {
    ...(baseUrl ? { baseUrl } : environment ? { environment: environment as Environment } : {}),
    ...(maxRequestsPer10s ? { maxRequestsPer10s } : {}),
  };
}

function serviceUrl(): v.GenericSchema<string | undefined, string | undefined> {
  return v.optional(v.pipe(v.string(), v.check(isSafeUrl, "must be HTTPS, or plain HTTP to loopback")));
}

/** Does it, and has the variable's name in what it throws. */
function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new TypeError(`${name}: ${messageOf(error)}`);
  }
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  if (search + hash + username + password !== "") return false;
  return protocol === "https:" ||
    (protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname));
}
