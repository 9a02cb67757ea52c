import type { ResultSerializer } from "./result_serializers.ts";
import type { ArgumentSerializer } from "./serialized_value.ts";
import type { UserRuntime } from "./user_runtime.ts";

/** One call of a function. */
export interface BatchTask {
  /** The registered function. */
  functionId: string;
  /**
   * Its positional arguments.
   * @default {[]}
   */
  args?: readonly unknown[];
  /**
   * Its keyword arguments.
   * @default {{}}
   */
  kwargs?: Readonly<Record<string, unknown>>;
  /** Its arguments as {@linkcode prepareBatch} has written them, in place of `args` and `kwargs`. */
  payload?: string;
}

/** What a submission may say beside its tasks. */
export interface SubmitOptions {
  /** The task group that the tasks join. Without it the service makes one. */
  taskGroupId?: string;
  /** What an MPI task needs: nodes and ranks. Only endpoints with an MPI engine take it. */
  resourceSpecification?: ResourceSpecification;
  /** Values for the template by which the endpoint configures itself for this user. */
  userEndpointConfig?: Readonly<Record<string, unknown>>;
  /**
   * The Python to run with, at endpoints that build an environment to order.
   * @default {the endpoint's own}
   */
  userRuntime?: UserRuntime;
  /**
   * Whether the service makes an AMQP queue for the group's results.
   * @default {false}
   */
  createQueue?: boolean;
  /**
   * How arguments are serialized. JSON makes tuples lists, and cannot carry bytes, dates, a `Map` or a `Set`.
   * @default {JSON where it can carry the arguments, else a pickle}
   */
  argumentSerializer?: ArgumentSerializer;
  /**
   * How results are to be serialized: the first that works is taken.
   * @default {["json", "pickle"]}
   */
  resultSerializers?: readonly ResultSerializer[];
}

/** What an MPI task needs. */
export interface ResourceSpecification {
  /** Nodes. */
  numNodes: number;
  /** Ranks on each node. */
  ranksPerNode?: number;
  /** Ranks in all. */
  numRanks?: number;
  /** Options for the launcher, as one string. */
  launcherOptions?: string;
}

/** Tasks for one endpoint, as plain data. */
export interface Batch extends SubmitOptions {
  /** The endpoint that runs the tasks. */
  endpointId: string;
  /** The tasks, of one function or of several. */
  tasks: readonly BatchTask[];
}
