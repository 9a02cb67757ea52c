import { html } from "hono/html";
import type { BatchState, SubmissionState, TaskEntry } from "../../records/batch_record.ts";
import type { Html } from "./layout.ts";

const BATCH_WORDS: Readonly<Record<BatchState, string>> = {
  submitting: "Submitting",
  partlySubmitted: "Partly submitted",
  running: "Running",
  inDoubt: "In doubt",
  done: "Done",
  refused: "Refused",
  abandoned: "Abandoned",
};
const TASK_WORDS: Readonly<Record<TaskEntry["state"], [word: string, state: string]>> = {
  pending: ["Pending", "pending"],
  success: ["Success", "success"],
  failed: ["Failed", "failed"],
  notFound: ["Lost", "lost"],
  undecodable: ["Unreadable", "lost"],
};

/** How far a batch is, in a word. */
export function batchStateWord(state: BatchState): string {
  return BATCH_WORDS[state];
}

/** How far a task is, with a dot in its colour. */
export function taskStateMark(state: TaskEntry["state"]): Html {
  const [word, name] = TASK_WORDS[state];
  return html`<span class="state" data-state="${name}">${word}</span>`;
}

/** A time, for people and for programs. */
export function timeMark(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}

/** How often it was tried to submit a batch, why it was not taken, and when it is tried again. */
export function submissionText({ attempts, problem, nextAtMs }: SubmissionState): Html {
  const why = problem === undefined ? "" : `: ${problem}`;
  const next = nextAtMs === undefined
    ? ""
    : html`<span class="status">${
      nextAtMs === 0 ? "It is tried at once" : html`It is tried again at ${timeMark(nextAtMs)}`
    }</span>`;
  return html`${counted(attempts, "attempt")}${why}${next}`;
}

/** A duration in its two largest units: `3 min 20 s`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) =>
    `${count} ${unit}`
  )
    .join(" ");
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** How much of the tasks has ended, rounded down, so that 100 % is all of them. */
export function percentEnded(ended: number, all: number): string {
  return `${all === 0 ? 100 : Math.floor((100 * ended) / all)} %`;
}
