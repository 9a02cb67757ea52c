import { withDeadline } from "../base/deadline.ts";
import type { CliIo } from "./cli_io.ts";

/** The first line of what is typed or piped in, without its end; what there is, where none ends. */
export async function readLine(stdin: CliIo["stdin"], signal: AbortSignal): Promise<string> {
  const chunks = iterate(stdin);
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (!text.includes("\n")) {
      const { done, value } = await withDeadline({ signal }, () => chunks.next());
      if (done) break;
      text += typeof value === "string" ? value : decoder.decode(value, { stream: true });
    }
  } finally {
    // A read that is under way would hold this one up.
    void chunks.return().catch(() => {});
  }
  return text.split("\n", 1)[0]?.trim() ?? "";
}

async function* iterate(stdin: CliIo["stdin"]): AsyncGenerator<Uint8Array | string, void, void> {
  yield* stdin;
}
