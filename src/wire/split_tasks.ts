/** One task as it will be posted. */
export interface EncodedTask {
  /** The function's id, in lower case. */
  functionId: string;
  /** The packed arguments. */
  payload: string;
}

/** How much one submission may carry. */
export interface SubmissionLimits {
  /** Bytes of the body. */
  maxBytes: number;
  /** Tasks. */
  maxTasks: number;
}

/** `"<uuid>":[],` around the payloads of a function. */
const FUNCTION_BYTES = 42;

/**
 * Splits tasks into runs, each small enough for one submission, in their order.
 *
 * @param envelopeBytes What the body has beside its tasks.
 * @throws {RangeError} If one task alone is over the limit; it is named, and nothing has been sent.
 */
export function splitTasks<Task extends EncodedTask>(
  tasks: readonly Task[],
  limits: SubmissionLimits,
  envelopeBytes: number,
): Task[][] {
  const parts: Task[][] = [];
  let part: Task[] = [];
  let bytes = envelopeBytes;
  let functions = new Set<string>();
  const sizeOf = (task: Task) =>
    bytesInBody(task.payload) + (functions.has(task.functionId) ? 0 : FUNCTION_BYTES);
  tasks.forEach((task, index) => {
    let size = sizeOf(task);
    if (part.length > 0 && (part.length >= limits.maxTasks || bytes + size > limits.maxBytes)) {
      parts.push(part);
      part = [];
      bytes = envelopeBytes;
      functions = new Set();
      size = sizeOf(task);
    }
    if (envelopeBytes + size > limits.maxBytes) throw tooLarge(`tasks[${index}]`, size, limits.maxBytes);
    part.push(task);
    bytes += size;
    functions.add(task.functionId);
  });
  if (part.length > 0) parts.push(part);
  return parts;
}

/** Puts payloads under the ids of their functions, as the service takes them. */
export function groupByFunction(tasks: readonly EncodedTask[]): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const { functionId, payload } of tasks) (groups[functionId] ??= []).push(payload);
  return groups;
}

/** The bytes of a payload as a JSON string: it is ASCII, and of that three characters are escaped, with one more. */
function bytesInBody(payload: string): number {
  let bytes = payload.length + 3; // Quotes and a comma.
  for (let i = 0; i < payload.length; i++) {
    const unit = payload.charCodeAt(i);
    if (unit === 0x22 || unit === 0x5c || unit === 0x0a) bytes++;
  }
  return bytes;
}

function tooLarge(path: string, bytes: number, maxBytes: number): RangeError {
  const megabytes = (value: number) => `${(value / 1e6).toFixed(1)} MB`;
  return new RangeError(
    `Cannot submit '${path}': it has ${megabytes(bytes)}, and the service takes ${
      megabytes(maxBytes)
    } a submission; ` +
      "pass large data by a file or a URL that the function reads",
  );
}
