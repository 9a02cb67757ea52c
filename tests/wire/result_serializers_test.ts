/** Proves that `resultSerializerPaths()` writes import paths in the order given, and what it refuses. */
import { assertEquals, assertThrows } from "@std/assert";
import { resultSerializerPaths } from "../../src/wire/result_serializers.ts";

Deno.test("resultSerializerPaths() writes import paths in the order given", () => {
  const cases: [serializers: string[], paths: string[]][] = [
    [["json"], ["globus_compute_sdk.serialize.JSONData"]],
    [["json", "pickle"], [
      "globus_compute_sdk.serialize.JSONData",
      "globus_compute_sdk.serialize.DillDataBase64",
    ]],
    [["pickle", "a.B", "json"], [
      "globus_compute_sdk.serialize.DillDataBase64",
      "a.B",
      "globus_compute_sdk.serialize.JSONData",
    ]],
    [["globus_compute_sdk.serialize.concretes.JSONData"], [
      "globus_compute_sdk.serialize.concretes.JSONData",
    ]],
    [["_my.été.Klasse_2"], ["_my.été.Klasse_2"]],
    [[], []],
  ];
  for (const [serializers, paths] of cases) assertEquals(resultSerializerPaths(serializers), paths);
});

Deno.test("resultSerializerPaths() refuses what is neither a name nor a path", () => {
  const refused = [
    "",
    "JSON",
    "Json",
    "yaml",
    "constructor",
    "a.",
    ".a",
    "a..b",
    "a b.c",
    "a.1b",
    "a.b\n",
    "a:b",
  ];
  for (const serializer of refused) {
    assertThrows(
      () => resultSerializerPaths(["json", serializer]),
      RangeError,
      `Unknown result serializer '${serializer}': use 'json', 'pickle', 'all' or a dotted Python import path`,
    );
  }
});
