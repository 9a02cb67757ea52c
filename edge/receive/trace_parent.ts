const TRACE_PARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The W3C trace context of a delivery, if it is well-formed. */
export function traceParent(headers: Headers): string | undefined {
  const value = headers.get("traceparent")?.trim();
  return value !== undefined && TRACE_PARENT.test(value) ? value : undefined;
}
