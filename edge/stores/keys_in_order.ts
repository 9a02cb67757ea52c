import { beginAlike, isCut } from "./key_id.ts";
import { fromOrderedBytes } from "./ordered_bytes.ts";

/**
 * The keys that begin with `prefix`, in order, of ids that come in theirs. Where ids are cut, `readKey` gets the key
 * that stands with the value; it gives nothing where that is gone by now.
 */
export async function* keysInOrder(
  ids: AsyncIterable<Uint8Array>,
  prefix: string,
  readKey: (id: Uint8Array) => string | undefined | Promise<string | undefined>,
): AsyncGenerator<string, void> {
  /** Those of which the ids do not tell the order. */
  let alike: { id: Uint8Array; key: string }[] = [];
  for await (const id of ids) {
    const [first] = alike;
    if (first && !(isCut(id) && beginAlike(first.id, id))) {
      yield* sorted(alike);
      alike = [];
    }
    const key = isCut(id) ? await readKey(id) : fromOrderedBytes(id);
    if (!key?.startsWith(prefix)) continue;
    if (isCut(id)) alike.push({ id, key });
    else yield key;
  }
  yield* sorted(alike);
}

function sorted(entries: readonly { key: string }[]): string[] {
  return entries.map(({ key }) => key).sort();
}
