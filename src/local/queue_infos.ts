import { base64url } from "jose";

/** What an endpoint needs to know of a queue to read from it. */
export interface ReadQueueInfo {
  connection_url: string;
  exchange: string;
  queue: string;
}

/** What it needs to know to write to it; its AMQP library is given the last part as it is. */
export interface WriteQueueInfo extends ReadQueueInfo {
  queue_publish_kwargs: {
    exchange: string;
    routing_key: string;
    mandatory: boolean;
    properties: { delivery_mode: number };
  };
}

/** Host and port of the brokers that this service names: a port of this machine that nothing listens on. */
export const NOWHERE = "127.0.0.1:1";

/** A queue to read from. */
export function readQueue(endpointId: string, name: string): ReadQueueInfo {
  return { connection_url: connectionUrl(endpointId), exchange: name, queue: `${endpointId}.${name}` };
}

/** A queue to write to. */
export function writeQueue(endpointId: string, name: string): WriteQueueInfo {
  return {
    connection_url: connectionUrl(endpointId),
    exchange: name,
    queue: name,
    queue_publish_kwargs: {
      exchange: name,
      routing_key: `${endpointId}.${name}`,
      mandatory: true,
      properties: { delivery_mode: 2 },
    },
  };
}

/** 256 random bits, in the characters of a bearer token. */
export function createSecret(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
}

function connectionUrl(endpointId: string): string {
  return `amqps://${endpointId}:${createSecret()}@${NOWHERE}`;
}
