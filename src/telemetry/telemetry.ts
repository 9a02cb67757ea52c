import { VERSION } from "../version.ts";
import type { ComputeEvent } from "./event.ts";
import type { HostRegistry } from "./open_telemetry.ts";

/** What spans and measurements are told apart by. */
export type Attributes = Record<string, string | number | boolean>;

/** Work that is shown as a span. */
export interface SpanStart {
  /** What it is called; for a request to a service its target, whose route is the name. */
  name: string | { method: string; path: string };
  attributes?: Attributes;
  /** The W3C trace context that the work belongs to, unless it is done within a span already. */
  traceparent?: string | undefined;
}

/** The span of work that is under way. */
export interface OpenSpan {
  add(attributes: Attributes): void;
}

/** Something that has happened in the edge handler. */
export interface HandlerEvent {
  readonly kind: "handler";
  /** Its own kind. */
  readonly event: string;
  readonly hook: string | undefined;
}

/** What is counted and measured. */
export type MeasuredEvent = ComputeEvent | HandlerEvent;

/** The host's OpenTelemetry. */
export interface Telemetry {
  inSpan<T>(start: SpanStart, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  record(event: MeasuredEvent): void;
}

/** Where every copy of `@opentelemetry/api` 1.x finds what the host has set up. */
const REGISTRY: unique symbol = Symbol.for("opentelemetry.js.api.1");
/** The span of work that nobody looks on. */
const NO_SPAN: OpenSpan = { add() {} };

let loaded: Telemetry | undefined;

/** Does work within a span. Where no host has set OpenTelemetry up, that is the work alone: nothing else is loaded. */
export async function inSpan<T>(start: () => SpanStart, work: (span: OpenSpan) => Promise<T>): Promise<T> {
  const host: HostRegistry | undefined = (globalThis as { [REGISTRY]?: HostRegistry })[REGISTRY];
  const telemetry = host && await load(host);
  return await (telemetry === undefined ? work(NO_SPAN) : telemetry.inSpan(start(), work));
}

/** Counts and measures what has happened within a span, or after the first one. */
export function measure(event: MeasuredEvent): void {
  try {
    loaded?.record(event);
  } catch {
    // An instrument of the host's that fails ends nothing.
  }
}

async function load(host: HostRegistry): Promise<Telemetry | undefined> {
  try {
    return loaded ??= (await import("./open_telemetry.ts")).openTelemetry(host, VERSION);
  } catch {
    return undefined; // A page whose files have been replaced, for one: the work goes on unseen.
  }
}
