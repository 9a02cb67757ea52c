import { notify } from "../base/notify.ts";
import { membersOf, messageOf, optionalString } from "../base/narrow.ts";
import type { ClientContext } from "./client.ts";

/** The service has something to say of the rules of high assurance endpoints; the call has succeeded. */
export interface HighAssuranceWarning {
  /** Tells the warnings apart. */
  kind: "highAssurance";
  /** The service's own text, to be shown to the user. */
  message: string;
}

/** An endpoint is offline: tasks are taken all the same, and run when it is back. */
export interface EndpointOfflineWarning {
  /** Tells the warnings apart. */
  kind: "endpointOffline";
  /** What to tell the user. */
  message: string;
  /** The endpoint. */
  endpointId: string;
}

/** Nobody has asked for tasks for so long that the service may give their results up. */
export interface UnreadResultsWarning {
  /** Tells the warnings apart. */
  kind: "unreadResults";
  /** What to tell the user. */
  message: string;
  /** The tasks. */
  taskIds: readonly string[];
}

/** The store has failed; the call has not, but what it was to keep is not kept. */
export interface StoreWarning {
  /** Tells the warnings apart. */
  kind: "store";
  /** What to tell the user. */
  message: string;
}

/** What `onWarning` of {@linkcode createClient} is given: `kind` tells warnings apart, and there may be more kinds. */
export type ComputeWarning =
  | HighAssuranceWarning
  | EndpointOfflineWarning
  | UnreadResultsWarning
  | StoreWarning;

/** Hands a warning over. What becomes of it there does not reach the call. */
export function warn({ onWarning }: ClientContext, warning: ComputeWarning): void {
  notify(onWarning, warning);
}

/** Hands over that the store has failed; the call has not. */
export function warnOfStore(context: ClientContext, what: string, error: unknown): void {
  const reason = messageOf(error);
  warn(context, { kind: "store", message: `${what}: ${reason}` });
}

/** Hands over the `ha_warning` of an answer, where it has one. */
export function warnOfHighAssurance(context: ClientContext, body: unknown): void {
  const message = optionalString(membersOf(body).ha_warning);
  if (message) warn(context, { kind: "highAssurance", message });
}
