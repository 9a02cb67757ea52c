import type { CallOptions } from "../http/call_options.ts";
import { type Client, contextOf } from "../http/client.ts";
import { readAnswerIfAny } from "../http/read_answer.ts";
import { request } from "../http/request.ts";
import type { EndpointRegistration, RegisteredEndpoint } from "../wire/endpoint_registration.ts";
import { checkUuid } from "../wire/uuid.ts";

/**
 * Registers an endpoint, as the endpoint program does when it starts: a new one, or, with `endpointId`, a
 * known one again, whose details are replaced.
 *
 * It makes the endpoint known; to run tasks takes a program that serves the queues of the answer. The answer
 * has passwords in it. Unlike the Python client it asks for no version first: see {@linkcode checkVersion}.
 *
 * @example A new endpoint
 * ```ts
 * import { type Client, registerEndpoint } from "@edge-compute/globus";
 *
 * export async function register(client: Client): Promise<string> {
 *   const { endpointId } = await registerEndpoint(client, {
 *     name: "lab-server",
 *     displayName: "Lab server, room 2.14",
 *     metadata: { endpointVersion: "4.19.0", hostname: "lab-server.example.org" },
 *   });
 *   return endpointId; // to be kept for later starts
 * }
 * ```
 *
 * @returns The endpoint's id, and the queues that it is to serve: those that the answer describes as a whole.
 * @throws {TypeError} If `name` is missing, or a list or `metadata` is none.
 * @throws {RangeError} If an id is no UUID.
 * @throws {ComputeHttpError} With `RESOURCE_LOCKED`, after a {@linkcode stopEndpoint}; with
 * `RESOURCE_CONFLICT`, if a flag differs that cannot be changed; with `ENDPOINT_OUTDATED`, if the version in
 * the metadata is too old.
 * @throws {ComputeAuthorizationError} If the endpoint is somebody else's.
 * @throws {ComputeDecodeError} If the answer does not name the endpoint, or names another one.
 * @see Routes `POST /v3/endpoints` and `PUT /v3/endpoints/{endpoint_uuid}`.
 */
export async function registerEndpoint(
  client: Client,
  registration: EndpointRegistration,
  options: CallOptions = {},
): Promise<RegisteredEndpoint> {
  const context = contextOf(client);
  // Few programs are endpoints, so the many parts of a registration are not there before the first one.
  const { decodeRegisteredEndpoint, encodeEndpointRegistration } = await import(
    "../wire/endpoint_registration.ts"
  );
  const body = encodeEndpointRegistration(registration);
  const { endpointId } = registration;
  const id = endpointId === undefined ? undefined : checkUuid(endpointId, "endpointId");
  const answer = await request(
    context,
    id === undefined ? "create" : "write",
    options,
    (api, through) =>
      id === undefined ? api.POST("/v3/endpoints", { ...through, body }) : api.PUT(
        "/v3/endpoints/{endpoint_uuid}",
        { ...through, params: { path: { endpoint_uuid: id } }, body },
      ),
    // Of an endpoint that is known, the id is known too.
    id === undefined ? {} : { readAnswer: readAnswerIfAny },
  );
  return decodeRegisteredEndpoint(answer, id);
}
