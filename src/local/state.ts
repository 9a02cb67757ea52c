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
}

/** A task, from its submission on. */
export interface StoredTask {
  taskId: string;
  taskGroupId: string;
  createdAt: Date;
  /** The service's word for where it is. */
  status: string;
  /** What is told of it once it is over, beside its id and status. */
  outcome?: Record<string, unknown>;
}

/** All that the service knows, in memory. */
export interface ServiceState {
  functions: Map<string, StoredFunction>;
  tasks: Map<string, StoredTask>;
  /** The ids of a group's tasks, in the order of their submission. */
  taskGroups: Map<string, { createQueue: boolean; taskIds: string[] }>;
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
    tasks: new Map(),
    taskGroups: new Map(),
  };
}
