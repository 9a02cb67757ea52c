/** No `Retry-After` keeps a client waiting for longer: it may ask for hours. */
export const MAX_RETRY_AFTER_MS = 60_000;
