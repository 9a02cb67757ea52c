/** A time as people read it, in their own zone. */
export function describeTime(timeMs: number): string {
  return new Date(timeMs).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
}

/** When a login ends. */
export function describeExpiry(expiresAtMs: number | undefined, isRenewable: boolean): string {
  const time = expiresAtMs === undefined
    ? "its end, which the server did not tell"
    : describeTime(expiresAtMs);
  return isRenewable ? `${time}, and renewed by itself` : time;
}
