import type { TaskOutcome } from "../../mod.ts";
import type { TaskEntry } from "../records/batch_record.ts";
import { writeReadable } from "../results/write_readable.ts";

/** A task as a message has it, as JSON. */
export interface MessageTask {
  json: string;
  bytes: number;
  /** Whether a link stands where its result would have. */
  isLinked: boolean;
}

/** What of an error is told where there is no room for all of it. */
const MAX_ERROR_CHARACTERS = 500;
const encoder = new TextEncoder();

/** How many bytes a text takes on the wire. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/**
 * Writes a task for a message: its place, its state, and its result or Python's exception, or a link to them where they
 * would take more than `maxBytes`.
 */
export function messageTask(
  index: number,
  entry: TaskEntry,
  outcome: TaskOutcome,
  { link, maxBytes }: { link: string; maxBytes: number },
): MessageTask {
  const about = aboutTask(index, entry, outcome.state);
  const json = writeWhole(about, outcome, maxBytes);
  const bytes = json === undefined ? Infinity : byteLength(json);
  if (json !== undefined && bytes <= maxBytes) return { json, bytes, isLinked: false };
  return linkedTask(index, entry, outcome, link);
}

/** Writes a task with a link in the place of its result. */
export function linkedTask(
  index: number,
  entry: TaskEntry,
  outcome: TaskOutcome | undefined,
  link: string,
): MessageTask {
  const about = aboutTask(index, entry, outcome?.state ?? entry.state);
  const error = outcome === undefined ? undefined : errorOf(outcome);
  const json = JSON.stringify({
    ...about,
    error: error && { ...error, message: cutText(error.message), type: cutText(error.type) },
    link,
  });
  return { json, bytes: byteLength(json), isLinked: true };
}

/** The part of an error that a message has. */
interface ToldError {
  type?: string;
  message: string;
  kind?: string;
  advice?: string | undefined;
}

function aboutTask(index: number, { taskId, completedAtMs }: TaskEntry, state: TaskOutcome["state"]): object {
  const completedAt = completedAtMs === undefined ? undefined : new Date(completedAtMs).toISOString();
  return { index, taskId, state, completedAt };
}

/** Nothing where it is clear before it is written that there is no room. */
function writeWhole(about: object, outcome: TaskOutcome, maxBytes: number): string | undefined {
  if (outcome.state === "success") {
    const { value, isWhole } = writeReadable(outcome.result, { maxCharacters: maxBytes });
    return isWhole ? JSON.stringify({ ...about, result: value }) : undefined;
  }
  if (outcome.state === "undecodable") return undefined; // Its raw text is not for everybody.
  const error = errorOf(outcome);
  if (error === undefined || outcome.state !== "failed") return JSON.stringify(about);
  const { traceback } = outcome.error;
  return traceback.length > maxBytes
    ? undefined
    : JSON.stringify({ ...about, error: { ...error, traceback } });
}

function errorOf(outcome: TaskOutcome): ToldError | undefined {
  if (outcome.state === "undecodable") return { message: outcome.error.message };
  if (outcome.state !== "failed") return undefined;
  const { type, pythonMessage, kind, advice } = outcome.error;
  return { type, message: pythonMessage, kind, advice };
}

function cutText<Text extends string | undefined>(text: Text): Text | string {
  return text !== undefined && text.length > MAX_ERROR_CHARACTERS
    ? `${text.slice(0, MAX_ERROR_CHARACTERS)}…`
    : text;
}
