/**
 * How a worker is to serialize a result: `json`, `pickle`, `all` (both in one), or the import path of a strategy class,
 * such as `globus_compute_sdk.serialize.CombinedCode`.
 */
export type ResultSerializer = "json" | "pickle" | "all" | (string & Record<never, never>);

const IMPORT_PATHS = new Map([
  ["json", "globus_compute_sdk.serialize.JSONData"],
  ["pickle", "globus_compute_sdk.serialize.DillDataBase64"],
  ["all", "globus_compute_sdk.serialize.AllDataStrategies"],
]);

/**
 * The strategies as import paths, as `POST /v3/endpoints/{endpoint_uuid}/submit` takes them.
 *
 * @throws {RangeError} If one is neither a name of ours nor a dotted path.
 */
export function resultSerializerPaths(serializers: readonly ResultSerializer[]): string[] {
  return serializers.map((serializer) => {
    const path = IMPORT_PATHS.get(serializer);
    if (path !== undefined) return path;
    if (/^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)+$/u.test(serializer)) return serializer;
    throw new RangeError(
      `Unknown result serializer '${serializer}': use 'json', 'pickle', 'all' or a dotted Python import path`,
    );
  });
}
