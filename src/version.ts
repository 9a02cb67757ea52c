/** The version of this module, as in `deno.json`. */
export const VERSION = "0.1.0";

/**
 * The release of the Python SDK whose behaviour this module has. It is told to the service with each
 * request and each registered function, and is what {@linkcode checkVersion} compares.
 */
export const COMPATIBLE_SDK_VERSION = "4.19.0";
