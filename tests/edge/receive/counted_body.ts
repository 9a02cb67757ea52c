/** The body of a request, which tells how much of it was asked for. */
export interface CountedBody {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Bytes that have been pulled. */
  readonly pulledBytes: number;
  /** Whether nobody will ask for more. */
  readonly isOver: boolean;
}

type Piece = Uint8Array<ArrayBuffer> | undefined;

/**
 * Makes a body of pieces, each made when it is asked for, and not before.
 *
 * @param next The next piece; nothing where it is over. It may throw, and may take its time.
 */
export function countedBody(next: (place: number) => Piece | Promise<Piece>): CountedBody {
  const counted = { pulledBytes: 0, isOver: false };
  let place = 0;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const piece = await next(place++);
        if (counted.isOver) return;
        if (piece !== undefined) {
          counted.pulledBytes += piece.length;
          return controller.enqueue(piece);
        }
        counted.isOver = true;
        controller.close();
      } catch (error) {
        counted.isOver = true;
        controller.error(error);
      }
    },
    cancel() {
      counted.isOver = true;
    },
  }, { highWaterMark: 0 });
  return Object.defineProperty(counted, "stream", { value: stream }) as typeof counted & {
    stream: typeof stream;
  };
}
