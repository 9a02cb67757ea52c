import { checkKeys, checkNumber, checkOneOf, checkType, MAX_COUNT } from "../src/base/check.ts";
import { type Hook, HOOK_KEYS } from "./hook.ts";
import { type EdgeLimits, type EdgeOptions, MAX_TASKS } from "./options.ts";
import { isSafeUrl } from "./verify/is_safe_url.ts";

const HOOK_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MIN_SECRET_LENGTH = 32;
const EDGE_KEYS =
  "hooks baseUrl store linkSecrets linkLifetimeSeconds operator viewer authorizer service limits " +
  "encrypt retentionMs fetch resolveAddresses allowPrivateAddresses clock waitUntil onDue onEvent";
/** 32 bytes in base64, as `openssl rand -base64 32` writes them. */
export const ENCRYPTION_KEY = /^[A-Za-z0-9+/]{43}=$/;
/** What is beyond these is a mistake in the unit. */
const MAX_LIMITS: EdgeLimits = {
  maxBodyBytes: MAX_COUNT,
  maxHeaderBytes: MAX_COUNT,
  maxNesting: 10_000,
  bodyTimeoutMs: 3_600_000,
  batchTimeoutMs: 3_600_000,
  maxTasks: MAX_TASKS,
  maxRequestsPerCollect: 1_000_000,
  maxOpenStreams: 1_000_000,
};
/** Ten years. */
const MAX_RETENTION_MS = 315_360_000_000;

/**
 * Holds the options of a handler against what they must be, as most come from an environment.
 *
 * @throws {TypeError} If one is missing or of the wrong type; the message names it.
 * @throws {RangeError} If one is out of its range.
 */
export function checkOptions(options: EdgeOptions): void {
  checkKeys(options, "createEdgeHandler()", EDGE_KEYS, "hooks baseUrl store linkSecrets");
  const { hooks, baseUrl, store, linkSecrets, limits = {}, service = {} } = options;
  checkBaseUrl(baseUrl);
  if (typeof store?.commit !== "function") {
    throw new TypeError("Cannot create an edge handler without 'store': pass sqliteStore(…)");
  }
  if (!Array.isArray(linkSecrets) || linkSecrets.length === 0) {
    throw new TypeError("Cannot create an edge handler without 'linkSecrets': pass one text at least");
  }
  for (const [index, secret] of linkSecrets.entries()) {
    if (typeof secret === "string" && secret.length >= MIN_SECRET_LENGTH) continue;
    throw new TypeError(
      `Cannot use 'linkSecrets[${index}]': it must have ${MIN_SECRET_LENGTH} characters or more`,
    );
  }
  checkEncrypt(options.encrypt);
  checkKeys(limits, "'limits'", Object.keys(MAX_LIMITS).join(" "));
  for (const [name, max] of Object.entries(MAX_LIMITS)) {
    checkNumber(limits[name as keyof EdgeLimits], `limits.${name}`, 1, max);
  }
  checkNumber(options.retentionMs, "retentionMs", 1, MAX_RETENTION_MS);
  checkNumber(options.linkLifetimeSeconds, "linkLifetimeSeconds", 1, MAX_RETENTION_MS / 1_000);
  checkKeys(service, "'service'", "environment baseUrl maxRequestsPer10s");
  checkNumber(service.maxRequestsPer10s, "service.maxRequestsPer10s", 1, 1_000_000);
  if (typeof hooks !== "object" || hooks === null) {
    throw new TypeError(
      "Cannot create an edge handler without 'hooks': pass an object of them by their names",
    );
  }
  checkType(options.allowPrivateAddresses, "allowPrivateAddresses", "boolean");
  for (
    const name of [
      "operator",
      "viewer",
      "authorizer",
      "fetch",
      "resolveAddresses",
      "waitUntil",
      "onDue",
      "onEvent",
    ] as const
  ) checkType(options[name], name, "function");
  for (const [name, hook] of Object.entries(hooks)) checkHook(name, hook, options);
}

function checkBaseUrl(baseUrl: string | URL): void {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch {
    throw new TypeError("Cannot use 'baseUrl': it must be the address at which the handler is reached");
  }
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new TypeError("Cannot use 'baseUrl': it must be an origin and a path alone");
  }
  if (!isSafeUrl(url)) {
    throw new TypeError("Cannot use 'baseUrl': it must be HTTPS, or plain HTTP to loopback");
  }
}

/** No message has what was passed: it may be a key with a typing error. */
function checkEncrypt(keys: unknown): void {
  if (keys === undefined) return;
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError("Cannot use 'encrypt': it must be an array of one key at least");
  }
  for (const [index, key] of keys.entries()) {
    if (typeof key === "string" && ENCRYPTION_KEY.test(key)) continue;
    throw new TypeError(
      `Cannot use 'encrypt[${index}]': it must be 32 bytes in base64, as 'openssl rand -base64 32' makes them`,
    );
  }
}

function checkHook(name: string, hook: Hook, options: EdgeOptions): void {
  const at = `'hooks.${name}`;
  if (!HOOK_NAME.test(name)) {
    throw new TypeError(
      `Cannot use the hook '${name}': a name has up to 64 letters in lower case, digits, '.', '_' and '-'`,
    );
  }
  checkKeys(hook, `the hook '${name}'`, HOOK_KEYS);
  if (typeof hook?.verify !== "function") {
    throw new TypeError(`Cannot use ${at}.verify': it must be a verifier, such as github()`);
  }
  if (typeof hook.batch !== "function") throw new TypeError(`Cannot use ${at}.batch': it must be a function`);
  if (hook.payload !== undefined && typeof hook.payload["~standard"]?.validate !== "function") {
    throw new TypeError(`Cannot use ${at}.payload': it must be a schema that follows Standard Schema`);
  }
  for (const list of ["endpoints", "functions"] as const) {
    const ids: unknown = hook[list];
    if (
      !Array.isArray(ids) || ids.length === 0 || !ids.every((id) => typeof id === "string" && UUID.test(id))
    ) {
      throw new TypeError(
        `Cannot use ${at}.${list}': it must name by its UUID each one that the hook may use`,
      );
    }
  }
  if (hook.authorizer !== undefined && hook.authorizerFor !== undefined) {
    throw new TypeError(`Cannot use ${at}.authorizer' and ${at}.authorizerFor' together`);
  }
  if (typeof (hook.authorizerFor ?? hook.authorizer ?? options.authorizer) !== "function") {
    throw new TypeError(
      `Cannot use ${at}' without a function 'authorizer' or 'authorizerFor', or one for all hooks`,
    );
  }
  checkOneOf(hook.answer, `hooks.${name}.answer`, ["submitted", "accepted"]);
  checkOneOf(hook.onDoubt, `hooks.${name}.onDoubt`, ["keep", "submitAgain"]);
  checkOneOf(hook.deliver?.content, `hooks.${name}.deliver.content`, ["results", "link"]);
  checkNumber(hook.maxBodyBytes, `hooks.${name}.maxBodyBytes`, 1, MAX_COUNT);
  checkNumber(hook.verify.maxBodyBytes, `hooks.${name}.verify.maxBodyBytes`, 1, MAX_COUNT);
  if (hook.deliver !== undefined) checkTarget(`${at}.deliver`, hook.deliver, options);
  if (hook.commitStatus !== undefined) checkCommitStatus(`${at}.commitStatus`, hook.commitStatus);
}

function checkCommitStatus(at: string, target: NonNullable<Hook["commitStatus"]>): void {
  checkKeys(target, `${at}'`, "token context commit apiUrl");
  const { token, commit, apiUrl } = target;
  if (typeof token !== "function" && !(typeof token === "string" && token !== "")) {
    throw new TypeError(`Cannot use ${at}.token': it must be a token, or a function that gets one`);
  }
  checkType(commit, `${at.slice(1)}.commit`, "function");
  if (apiUrl !== undefined && !(URL.canParse(apiUrl) && isSafeUrl(new URL(apiUrl)))) {
    throw new TypeError(`Cannot use ${at}.apiUrl': it must be HTTPS, or plain HTTP to loopback`);
  }
}

/** Its address is a secret, so no message has it. */
function checkTarget(at: string, target: NonNullable<Hook["deliver"]>, options: EdgeOptions): void {
  checkKeys(target, `${at}'`, "url secret content", "url secret");
  const { url, secret } = target;
  const { allowPrivateAddresses = false, resolveAddresses } = options;
  let protocol: string;
  try {
    protocol = new URL(url).protocol;
  } catch {
    throw new TypeError(`Cannot use ${at}.url': it is no address`);
  }
  if (protocol !== "https:" && !(allowPrivateAddresses && protocol === "http:")) {
    throw new TypeError(`Cannot use ${at}.url': it must be HTTPS`);
  }
  const secrets = typeof secret === "string" ? [secret] : secret;
  if (!Array.isArray(secrets) || secrets.length === 0 || !secrets.every(isWebhookSecret)) {
    throw new TypeError(`Cannot use ${at}.secret': it must be 'whsec_' and 24 to 64 bytes in base64`);
  }
  if (!allowPrivateAddresses && resolveAddresses === undefined) {
    throw new TypeError(
      `Cannot use ${at}' without 'resolveAddresses', which keeps results from being sent to private addresses`,
    );
  }
}

function isWebhookSecret(secret: unknown): boolean {
  if (typeof secret !== "string" || !/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) return false;
  const bytes = Math.floor(secret.slice("whsec_".length).replace(/=+$/, "").length * 3 / 4);
  return bytes >= 24 && bytes <= 64;
}
