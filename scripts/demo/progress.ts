/** How far the demo's batch is, from the stream of events that its page reads too. */
import process from "node:process";

interface Progress {
  counts: { pending: number; success: number; failed: number };
  taskCount: number;
}

/** Follows the events of a batch to its end, and draws a bar where there is a terminal. */
export async function showProgress(eventsUrl: string): Promise<void> {
  const response = await fetch(eventsUrl);
  if (!response.ok || response.body === null) {
    throw new Error(`Cannot follow the batch: status ${response.status}`);
  }
  let text = "";
  let name = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("event: ")) name = line.slice("event: ".length);
      else if (line.startsWith("data: ")) draw(JSON.parse(line.slice("data: ".length)) as Progress);
    }
    if (name === "done") return;
  }
}

function draw({ counts: { success, failed }, taskCount }: Progress): void {
  if (!process.stdout.isTTY) return;
  const done = success + failed;
  const filled = Math.round(30 * done / taskCount);
  process.stdout.write(`\r[${"#".repeat(filled)}${".".repeat(30 - filled)}] ${done}/${taskCount} tasks`);
}
