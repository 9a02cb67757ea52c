/** A deployment of the service that has a name. */
export type Environment =
  | "production"
  | "preview"
  | "dev"
  | "local"
  | "sandbox"
  | "test"
  | "integration"
  | "staging";

const BASE_URLS: Record<Environment, string> = {
  production: "https://compute.api.globus.org",
  preview: "https://compute.api.preview.globus.org",
  dev: "https://api.dev.funcx.org",
  local: "http://localhost:5000",
  sandbox: "https://compute.api.sandbox.globuscs.info",
  test: "https://compute.api.test.globuscs.info",
  integration: "https://compute.api.integration.globuscs.info",
  staging: "https://compute.api.staging.globuscs.info",
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The address of the service, without a slash at its end.
 *
 * @throws {TypeError} If both are given, or `baseUrl` is no URL, or one that would send credentials in clear.
 * @throws {RangeError} If the environment has no such name.
 */
export function resolveBaseUrl(options: {
  environment?: string | undefined;
  baseUrl?: string | URL | undefined;
}): string {
  const { environment, baseUrl } = options;
  if (baseUrl === undefined) {
    const name = environment ?? "production";
    if (Object.hasOwn(BASE_URLS, name)) return BASE_URLS[name as Environment];
    const names = Object.keys(BASE_URLS).join(", ");
    throw new RangeError(`Unknown environment '${environment}': use one of ${names}, or 'baseUrl'`);
  }
  if (environment !== undefined) {
    throw new TypeError("Cannot use both 'environment' and 'baseUrl': they name the same thing");
  }
  const { origin, pathname } = checkUrl(baseUrl, "baseUrl"); // `href` keeps a '?' or '#' with nothing behind it.
  return (origin + pathname).replace(/\/+$/, "");
}

/**
 * Reads a URL to which credentials will be sent: HTTPS, or plain HTTP to this machine.
 *
 * @throws {TypeError} If it is no URL, or would send credentials in clear.
 */
export function checkUrl(value: string | URL, name: string): URL {
  if (!URL.canParse(value)) throw new TypeError(`Cannot use '${name}': it is no URL`);
  const url = new URL(value);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new TypeError(`Cannot use '${name}': it may have no credentials, query or fragment`);
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname))) return url;
  throw new TypeError(
    `Cannot use '${name}' with ${url.protocol}//${url.host}: credentials are sent over HTTPS, or to loopback`,
  );
}
