/** Does what is asked for under the same key one after the other, in the order in which it was asked for. */
export function createOrder(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lastOf = new Map<string, Promise<void>>();

  return function inOrder(key, work) {
    const result = lastOf.get(key)?.then(work) ?? work();
    const last: Promise<void> = result.then(end, end);
    lastOf.set(key, last);
    return result;

    function end(): void {
      if (lastOf.get(key) === last) lastOf.delete(key);
    }
  };
}
