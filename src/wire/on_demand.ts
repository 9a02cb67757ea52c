/** What few values need is loaded when the first one is met that does; all the rest of a call is smaller than it. */
const LOADERS = {
  /** The codec of pickles. */
  pickles: () => import("./pickled_value.ts"),
  /** The parser of JSON that the runtime's own cannot read. */
  pythonJson: () => import("./python_json_parser.ts"),
  /** The encoder of `userRuntime`. */
  userRuntime: () => import("./user_runtime.ts"),
};

type Parts = { [Name in keyof typeof LOADERS]: Awaited<ReturnType<(typeof LOADERS)[Name]>> };

const loaded: { [Name in keyof Parts]?: Parts[Name] } = {};

/** A part is needed, and was not loaded. It never leaves {@linkcode withParts}. */
export class PartNotLoaded extends Error {
  constructor(readonly part: keyof Parts) {
    super(`The part '${part}' is not loaded`);
  }
}

/**
 * A part that is loaded on demand.
 *
 * @throws {PartNotLoaded} If it was not loaded: run what calls this through {@linkcode withParts}.
 */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] {
  const found = loaded[name];
  if (found === undefined) throw new PartNotLoaded(name);
  return found;
}

/** Runs what may need a part. Where it does, the part is loaded, and `run`, which must have no effect until then, runs again. */
export async function withParts<T>(run: () => T): Promise<T> {
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof PartNotLoaded)) throw error;
      await load(error.part);
    }
  }
}

/** Loads all parts before they are needed. */
export async function loadParts(): Promise<void> {
  for (const name of Object.keys(LOADERS) as (keyof Parts)[]) await load(name);
}

async function load<Name extends keyof Parts>(name: Name): Promise<void> {
  loaded[name] = await LOADERS[name]() as Parts[Name];
}
