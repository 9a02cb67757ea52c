/** A delivery was not taken. */
export interface DeliveryRefusedEvent {
  /** Tells the events apart. */
  kind: "deliveryRefused";
  /** The hook, if there is one of that name. */
  hook: string | undefined;
  /** The status that the sender got. */
  status: number;
  /** Why, in words for the operator; the sender may have been told less. */
  cause: string;
  /** What was thrown, where something was. */
  error?: unknown;
}

/** A delivery that has been here before got its first answer again. */
export interface DeliveryRepeatedEvent {
  /** Tells the events apart. */
  kind: "deliveryRepeated";
  /** The hook. */
  hook: string;
  /** The delivery's own id. */
  deliveryId: string;
  /** The batch that it started, if it started one. */
  batchId?: string;
}

/** A handshake of a sender was answered: Slack's `url_verification`, for one. */
export interface HandshakeEvent {
  /** Tells the events apart. */
  kind: "handshakeAnswered";
  /** The hook. */
  hook: string;
}

/** A hook had nothing to run for a delivery, or its verifier passed the event over. */
export interface DeliveryIgnoredEvent {
  /** Tells the events apart. */
  kind: "deliveryIgnored";
  /** The hook. */
  hook: string;
  /** The delivery's own id. */
  deliveryId: string;
}

/** What became of a batch. */
export interface BatchEvent {
  /**
   * Tells the events apart: the service took it; a submission failed and is tried again; the service refused it, or the rest
   * of it, for good; nobody knows whether it took it; all its tasks have come to their end; an operator gave it up.
   */
  kind:
    | "batchSubmitted"
    | "submissionPostponed"
    | "submissionRefused"
    | "batchInDoubt"
    | "batchDone"
    | "batchAbandoned";
  /** The hook. */
  hook: string;
  /** The batch. */
  batchId: string;
  /** The delivery that started it. */
  deliveryId: string;
  /** The W3C trace context of that delivery, where it had one. */
  traceparent?: string;
  /** The task group, where it is known. */
  taskGroupId?: string;
  /** What was thrown, where something was. */
  error?: unknown;
}

/** What became of a message with results. */
export interface MessageEvent {
  /** Tells the events apart: it was taken; it is sent again later; it is given up. */
  kind: "messageDelivered" | "messagePostponed" | "messageDropped";
  /** The hook. */
  hook: string;
  /** The batch. */
  batchId: string;
  /** The message's id, the same each time it is sent. */
  messageId: string;
  /** How often it has been sent. */
  attempts: number;
  /** What the receiver answered, where it did. */
  status?: number;
  /** Why it was not taken. It does not name the address. */
  cause?: string;
}

/** Results could not be collected for now, or `onDue` or `waitUntil` failed, by which the host hears of them. */
export interface CollectFailedEvent {
  /** Tells the events apart. */
  kind: "collectFailed";
  /** The batches that were asked for. */
  batchIds: readonly string[];
  /** What was thrown. */
  error: unknown;
}

/** What `onEvent` of {@linkcode createEdgeHandler} is told. There may be more kinds one day. */
export type EdgeEvent =
  | DeliveryRefusedEvent
  | DeliveryRepeatedEvent
  | DeliveryIgnoredEvent
  | HandshakeEvent
  | BatchEvent
  | MessageEvent
  | CollectFailedEvent;
