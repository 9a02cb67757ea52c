import type { Clock, Store } from "../mod.ts";
import type { EdgeEvent } from "./event.ts";
import type { Hook } from "./hook.ts";
import type { EdgeLimits, EdgeOptions } from "./options.ts";
import type { Sightings } from "../src/base/sightings.ts";
import type { UnstoredResults } from "./unstored_results.ts";

/** What all parts of a handler work with: its options, checked, and with their defaults. */
export interface EdgeContext {
  readonly hooks: ReadonlyMap<string, Hook>;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly store: Store;
  readonly clock: Clock;
  /** What this process has seen of what others write. */
  readonly sightings: Sightings;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Calls a function for each request that is sent, by whichever part; what it returns ends that. */
  onRequest(listener: () => void): () => void;
  readonly limits: EdgeLimits;
  readonly retentionMs: number;
  readonly linkSecrets: readonly Uint8Array<ArrayBuffer>[];
  readonly linkLifetimeSeconds: number;
  readonly options: Pick<
    EdgeOptions,
    "authorizer" | "service" | "operator" | "viewer" | "resolveAddresses" | "allowPrivateAddresses" | "limits"
  >;
  /** What a client has read and could not put into the store: those tasks are not done. */
  readonly unstored: UnstoredResults;
  /** Tells the operator. */
  tell(event: EdgeEvent): void;
  /** Has `collect` called at this time, or before. */
  due(atMs: number): Promise<void>;
  /** Keeps the process up for this; what it rejects with reaches nobody. */
  waitUntil(promise: Promise<unknown>): void;
}
