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

/** Where a deployment of Globus is, by its name: each of its services has a name of its own before this one. */
export const DOMAINS: Readonly<Record<string, string>> = {
  production: "globus.org",
  preview: "preview.globus.org",
  sandbox: "sandbox.globuscs.info",
  test: "test.globuscs.info",
  integration: "integration.globuscs.info",
  staging: "staging.globuscs.info",
};
/** Deployments of the Compute service beside those of Globus. */
const OTHERS: Readonly<Record<string, string>> = {
  dev: "https://api.dev.funcx.org",
  local: "http://localhost:5000",
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
    if (Object.hasOwn(DOMAINS, name)) return `https://compute.api.${DOMAINS[name]}`;
    if (Object.hasOwn(OTHERS, name)) return OTHERS[name] as string;
    const names = Object.keys({ ...DOMAINS, ...OTHERS }).join(", ");
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
