import { packBuffers } from "../wire/packed_buffers.ts";
import { HELLO_WORLD_FUNCTION_ID } from "./constants.ts";

/** A registered function. */
export interface StoredFunction {
  functionId: string;
  name: string;
  description?: string;
  /** As it was registered, and as it is told back. */
  code: string;
  /** As a worker takes it: packed, with its strategy. */
  packedCode: string;
  metadata: { python_version?: string; sdk_version?: string };
  /** The high assurance endpoint that it is bound to. */
  haEndpointId?: string;
}

/** An endpoint that was registered here. Nobody runs it: its tasks wait. */
export interface StoredEndpoint {
  endpointId: string;
  /** The id of the account that has registered it. */
  ownerId: string;
  name: string;
  displayName: string;
  isMultiUser: boolean;
  isHighAssurance: boolean;
  isPublic: boolean;
  /** The only functions that it runs; absent where it runs any. */
  allowedFunctions?: readonly string[];
  subscriptionId?: string;
  /** The id of a policy that a login must meet before it is used. */
  policyId?: string;
  /** What it says of itself, under the names of the wire. */
  metadata: Record<string, unknown>;
}

/** A task, from its submission on. */
export interface StoredTask {
  taskId: string;
  endpointId: string;
  /** The id of the account that has submitted it: to others it is unknown. */
  ownerId: string;
  /** Since when it is on its way to a worker, and for how long; absent while it waits for the endpoint. */
  journey?: { sinceMs: number; durationMs: number };
  /** Whether a worker has begun with it. */
  isRunning: boolean;
  /** What is told of it once it is over, beside its id. */
  outcome?: { status: string; [key: string]: unknown };
}

/** A group of tasks, in the order of their submission. It knows those, too, that have been forgotten. */
export interface StoredTaskGroup {
  ownerId: string;
  createQueue: boolean;
  tasks: { taskId: string; createdAt: Date }[];
}

/** All that the service knows, in memory. */
export interface ServiceState {
  functions: Map<string, StoredFunction>;
  endpoints: Map<string, StoredEndpoint>;
  /** Until when endpoints are locked, in milliseconds since 1970, by their ids. */
  locks: Map<string, number>;
  tasks: Map<string, StoredTask>;
  taskGroups: Map<string, StoredTaskGroup>;
}

/** The state of a service that nobody has used yet: it knows the public example function. */
export function createState(): ServiceState {
  const code = packBuffers(['st\nhello_world:def hello_world():\n    return "Hello World!"\n']);
  const helloWorld: StoredFunction = {
    functionId: HELLO_WORLD_FUNCTION_ID,
    name: "hello_world",
    code,
    packedCode: code,
    metadata: {},
  };
  return {
    functions: new Map([[helloWorld.functionId, helloWorld]]),
    endpoints: new Map(),
    locks: new Map(),
    tasks: new Map(),
    taskGroups: new Map(),
  };
}
