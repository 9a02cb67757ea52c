/**
 * Calls a function of the caller's, where there is one, and does not wait for it. Its failure reaches neither the work that
 * it hears of nor the process.
 */
export function notify<T>(listener: ((value: T) => unknown) | undefined, value: T): void {
  // An asynchronous one may reject, which would end the process.
  if (listener) new Promise((resolve) => resolve(listener(value))).catch(() => {});
}
