/** Calls a caller's function. What it throws reaches nobody, and what it gives is not waited for. */
export function notify<T>(listener: ((value: T) => unknown) | undefined, value: T): void {
  if (listener === undefined) return;
  // An asynchronous one may reject, which would end the process.
  new Promise((resolve) => resolve(listener(value))).catch(() => {});
}
