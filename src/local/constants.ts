/** The endpoint of the local service: it has the id of the public tutorial endpoint, so that examples run unchanged. */
export const LOCAL_ENDPOINT_ID = "4b116d3c-1703-4f8f-9f6f-39921e5864df";

/** The service's public example function, which returns `Hello World!`. */
export const HELLO_WORLD_FUNCTION_ID = "b0a5d1a0-2b22-4381-b899-ba73321e41e0";

/** The identity that owns all that is here. */
export const LOCAL_USER_ID = "9b8f6c8e-0d7b-4a35-9a51-5f3f1a2f7c11";

/** A task's function and arguments, and a submission as a whole, may have so many bytes. */
export const MAX_SUBMISSION_BYTES = 10 * 1024 * 1024;

/** How long a task may run, unless the option says otherwise. */
export const DEFAULT_TASK_TIME_LIMIT_MS = 600_000;

/** How much a task may print, unless the option says otherwise. */
export const DEFAULT_MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** How long the lock of an endpoint lasts. */
export const LOCK_DURATION_MS = 600_000;

/** The oldest versions of the Python client and of the endpoint program that may come. */
export const MIN_VERSION = "2.0.0";

/** Told with all that concerns a high assurance endpoint. */
export const HA_WARNING =
  "This is for a high assurance endpoint: its functions cannot be shared, and are removed after 3 months without use";

/** How many requests and runs are remembered, unless the option says otherwise. */
export const DEFAULT_MAX_RECORDS = 10_000;

/** How many characters a serialized result may have. */
export const MAX_RESULT_CHARACTERS = 10 * 1024 * 1024;

/** Where a service that listens nowhere says that it is: where Python clients look that are set to `local`. */
export const UNBOUND_BASE_URL = "http://localhost:5000";

/** The client with a secret that a newcomer is let in by. */
export const LOCAL_CLIENT_ID = "local";

/** The client without a secret by which a person logs in. */
export const LOCAL_NATIVE_CLIENT_ID = "local-native";

/** What every route of the Compute service needs. */
export const COMPUTE_SCOPE = "https://auth.globus.org/scopes/facd7ccc-c5f4-42aa-916b-a0e270e2c2a9/all";

/** How long an access token lasts, unless the option says otherwise. */
export const DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS = 172_800;
