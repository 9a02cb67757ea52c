type Codec = typeof import("./pickle/codec.ts");

let codec: Codec | undefined;

/** A pickle is at hand, and the codec is not. It never leaves {@linkcode withPickles}. */
export class PicklesNotLoaded extends Error {}

/**
 * The codec of pickles.
 *
 * @throws {PicklesNotLoaded} If it was not loaded: run what calls this through {@linkcode withPickles}.
 */
export function pickleCodec(): Codec {
  if (codec === undefined) throw new PicklesNotLoaded("The codec of pickles is not loaded");
  return codec;
}

/**
 * Runs what may meet a pickle. The codec is larger than all the rest that a call needs, and most programs never see a
 * pickle: it is loaded when the first one is met, and `run`, which must have no effect until then, runs again.
 */
export async function withPickles<T>(run: () => T): Promise<T> {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PicklesNotLoaded)) throw error;
  }
  await loadPickles();
  return run();
}

/** Loads the codec before the first pickle is there. */
export async function loadPickles(): Promise<void> {
  codec ??= await import("./pickle/codec.ts");
}
