import { ComputeError, type ComputeErrorOptions } from "./compute_error.ts";

/** What a {@linkcode ComputeNetworkError} is made of. */
export interface ComputeNetworkErrorInit extends ComputeErrorOptions {
  /**
   * Whether the service was surely not reached.
   * @default {false}
   */
  unreached?: boolean;
}

/**
 * No usable answer arrived: no connection, a connection that broke, or a success whose body is not the JSON
 * document that the route promises. Unless `unreached` says so, it is not known whether the service has acted on the
 * request.
 */
export class ComputeNetworkError extends ComputeError {
  /** The class's name, unchanged by minifiers. */
  override readonly name = "ComputeNetworkError" as const;
  /** The literal of this class. */
  override readonly code = "ERR_COMPUTE_NETWORK" as const;
  /** Always true: the network may be back. */
  override readonly retryable: boolean = true;
  /**
   * True where the service was surely not reached, and has done nothing: the authorizer did not answer, the service's
   * name was not found, the connection was refused or not made in time, or TLS was refused. What a runtime's `fetch` tells of that differs: Deno all but a
   * connection that is not made in time; Node all but a reset in the middle of the TLS handshake; Bun all but a
   * connection that is not made in time and a handshake that fails for another reason than the certificate; workerd and
   * browsers nothing. Where nothing is told, it is false.
   */
  readonly unreached: boolean;

  /** Made by the client where no usable answer arrives. */
  constructor(message: string, init: ComputeNetworkErrorInit = {}) {
    super(message, init);
    this.unreached = init.unreached ?? false;
  }
}
