import { ComputeError } from "./compute_error.ts";

/**
 * No usable answer arrived: no connection, a connection that broke, or a success whose body is not the JSON
 * document that the route promises. Whether the service has acted on the request is not known.
 */
export class ComputeNetworkError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeNetworkError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_NETWORK" as const;
  /** Always true: the network may be back. */
  override readonly retryable: boolean = true;
}
