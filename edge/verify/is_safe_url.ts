const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether keys may be fetched from there: who can change them on their way can let anybody in. */
export function isSafeUrl({ protocol, hostname, username, password }: URL): boolean {
  if (username !== "" || password !== "") return false; // No request can be made with them in its address.
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
}
