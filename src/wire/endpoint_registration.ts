import { checkKeys } from "../base/check.ts";
import { malformed } from "./malformed.ts";
import { given, isRecord, membersOf, optionalString } from "../base/narrow.ts";
import { snakeCase } from "./pick.ts";
import { checkUuid } from "./uuid.ts";

const KEYS =
  "name endpointId displayName metadata multiUser allowedFunctions authPolicy subscriptionId public " +
  "highAssurance admins";

/** An endpoint, and the rules for its use. */
export interface EndpointRegistration {
  /** Its name on its own machine. */
  name: string;
  /** The id of an endpoint that is known already. Without it a new one is made. */
  endpointId?: string;
  /** Its name for people. */
  displayName?: string;
  /**
   * What it tells about itself and its machine.
   * @default {{}}
   */
  metadata?: EndpointRegistrationMetadata;
  /**
   * Whether it maps different users to different local accounts.
   * @default {false}
   */
  multiUser?: boolean;
  /**
   * The only functions that it runs.
   * @default {it runs any function}
   */
  allowedFunctions?: readonly string[];
  /** A Globus Auth policy that the login of each user has to meet. */
  authPolicy?: string;
  /** The Globus subscription that it is to belong to. */
  subscriptionId?: string;
  /** Whether everybody can find it, which gives nobody the right to use it. */
  public?: boolean;
  /** Whether it keeps the rules for protected data. */
  highAssurance?: boolean;
  /** Identities that may administer it beside its owner. Needs a subscription. */
  admins?: readonly string[];
}

/** What an endpoint tells about itself. Other properties go along, their names turned into snake case. */
export interface EndpointRegistrationMetadata {
  /** Its configuration file, YAML. */
  endpointConfig?: string;
  /** The Jinja template that configures user endpoints. */
  userConfigTemplate?: string;
  /** The JSON schema that values for the template are held against; null where there is none. */
  userConfigSchema?: Readonly<Record<string, unknown>> | null;
  /** What it is for. */
  description?: string;
  /** The address of its machine. */
  ipAddress?: string;
  /** The name of its machine. */
  hostname?: string;
  /** The local account that it runs under. */
  localUser?: string;
  /** The version of the Python SDK there. */
  sdkVersion?: string;
  /** The version of the endpoint program. */
  endpointVersion?: string;
  /** Its Python. */
  pythonVersion?: string;
  /** Whatever else the service may take. */
  [name: string]: unknown;
}

/** An endpoint that the service knows, and the queues that it is to serve. They exist already. */
export interface RegisteredEndpoint {
  /** Its id, to be kept for later starts. */
  endpointId: string;
  /** Where the tasks of a plain endpoint come from. */
  taskQueueInfo?: QueueInfo;
  /** Where the commands of a manager come from. */
  commandQueueInfo?: QueueInfo;
  /** Where results go. */
  resultQueueInfo?: QueueInfo;
  /** Where heartbeats go. */
  heartbeatQueueInfo?: QueueInfo;
  /** Texts for those who run the endpoint: the service's own, and what of its answer cannot be used. */
  warnings: string[];
}

/** An AMQP queue. */
export interface QueueInfo {
  /** The broker's address, with user name and password: keep it secret. */
  connectionUrl: string;
  /** The exchange that the queue belongs to. */
  exchange: string;
  /** The queue's name. */
  queue: string;
  /** How to write to it, for a queue that is written to, where the service tells. */
  publish?: QueuePublishing;
}

/** The arguments of each publish. */
export interface QueuePublishing {
  /** The exchange to publish to. */
  exchange: string;
  /** The routing key of the messages. */
  routingKey: string;
  /** Whether the broker is to return a message that no queue takes. */
  mandatory: boolean;
  /** 2 for messages that survive a restart of the broker, 1 for others. */
  deliveryMode: number;
}

/** What AMQP takes a message for that says nothing of it: one that does not survive a restart. */
const TRANSIENT = 1;

/** The body of a registration, as the service names its parts. */
export interface EndpointRegistrationBody {
  endpoint_name: string;
  metadata: Record<string, unknown>;
  [name: string]: unknown;
}

/**
 * Writes a registration as the service takes it; as in the Python client, what is empty or not so is left
 * out.
 *
 * @throws {TypeError} If the name is missing, or a list or the metadata is none.
 * @throws {RangeError} If an id is no UUID.
 */
export function encodeEndpointRegistration(registration: EndpointRegistration): EndpointRegistrationBody {
  checkKeys(registration, "registerEndpoint()", KEYS, "name");
  const { name, displayName, metadata = {}, multiUser, authPolicy, subscriptionId, highAssurance } =
    registration;
  if (typeof name !== "string" || name === "") {
    throw new TypeError("Cannot use 'name': it must be a string that is not empty");
  }
  if (!isRecord(metadata)) throw new TypeError("Cannot use 'metadata': it must be an object");
  const allowedFunctions = uuids(registration.allowedFunctions, "allowedFunctions");
  const admins = uuids(registration.admins, "admins");
  return given({
    endpoint_name: name,
    display_name: displayName,
    multi_user: multiUser ? true : undefined,
    metadata: Object.fromEntries(
      Object.entries(metadata).filter(([, value]) => value !== undefined)
        .map(([key, value]) => [snakeCase(key), value]),
    ),
    allowed_functions: allowedFunctions.length > 0 ? allowedFunctions : undefined,
    authentication_policy: authPolicy === undefined ? undefined : checkUuid(authPolicy, "authPolicy"),
    subscription_uuid: subscriptionId === undefined ? undefined : checkUuid(subscriptionId, "subscriptionId"),
    public: registration.public,
    high_assurance: highAssurance,
    admins: admins.length > 0 ? admins : undefined,
  });
}

function uuids(ids: readonly string[] = [], name: string): string[] {
  if (!Array.isArray(ids)) throw new TypeError(`Cannot use '${name}': it must be an array of UUIDs`);
  return ids.map((id, index) => checkUuid(id, `${name}[${index}]`));
}

/**
 * Reads the answer to a registration. It has succeeded: a queue that cannot be used is left out, and said in a warning.
 *
 * @param expected The id of the endpoint, where it was known before.
 * @throws {ComputeDecodeError} If there is no id in it, and none was known, or it is another one.
 */
export function decodeRegisteredEndpoint(body: unknown, expected: string | undefined): RegisteredEndpoint {
  const fail = (why: string) => malformed(`the answer to the registration of an endpoint: ${why}`, body);
  const answer = membersOf(body);
  const endpointId = optionalString(answer.endpoint_id) ?? expected;
  if (endpointId === undefined) throw fail("it has no 'endpoint_id'");
  if (expected !== undefined && endpointId.toLowerCase() !== expected) throw fail("it is about another one");
  const { warnings } = answer;
  const registered: RegisteredEndpoint = {
    endpointId,
    warnings: Array.isArray(warnings) ? warnings.filter((text) => typeof text === "string") : [],
  };
  for (
    const name of ["taskQueueInfo", "commandQueueInfo", "resultQueueInfo", "heartbeatQueueInfo"] as const
  ) {
    const info = answer[snakeCase(name)];
    if (info === undefined || info === null) continue;
    const queue = decodeQueueInfo(info);
    if (queue !== undefined) registered[name] = queue;
    else registered.warnings.push(`The service has described no queue in '${snakeCase(name)}'`);
  }
  return registered;
}

function decodeQueueInfo(info: unknown): QueueInfo | undefined {
  const { connection_url, exchange, queue, queue_publish_kwargs } = membersOf(info);
  if (typeof connection_url !== "string" || typeof queue !== "string") return undefined;
  const read = { connectionUrl: connection_url, exchange: optionalString(exchange) ?? "", queue };
  const { routing_key, mandatory, properties, exchange: target } = isRecord(queue_publish_kwargs)
    ? queue_publish_kwargs
    : {};
  if (typeof routing_key !== "string") return read;
  const { delivery_mode } = membersOf(properties);
  const publish = {
    exchange: optionalString(target) ?? read.exchange,
    routingKey: routing_key,
    mandatory: mandatory === true,
    deliveryMode: typeof delivery_mode === "number" ? delivery_mode : TRANSIENT,
  };
  return { ...read, publish };
}
