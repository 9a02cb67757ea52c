/** A local service runs tasks with the interpreter that it is given, NumPy and dill included. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { accessToken, callFunction, createClient, registerSource } from "../../mod.ts";
import { NumpyArray } from "../../src/wire/values/mod.ts";
import { startLocalService } from "../../src/local/mod.ts";
import environments from "./environments.json" with { type: "json" };
import { interpreterOf } from "./python_program.ts";

const SOURCE = `import numpy as np

def scale(matrix, by):
    assert type(by) is np.float32
    import dill
    return {"scaled": matrix * by, "sum": matrix.sum(), "packages": [np.__name__, dill.__name__, np.__version__]}
`;

Deno.test("a local service whose interpreter has NumPy and dill takes arrays and gives arrays", async () => {
  await using local = await startLocalService({ workers: 1, python: interpreterOf("current") });
  const { baseUrl, fetch, endpointId } = local;
  const client = createClient({ baseUrl, fetch, authorizer: accessToken(local.accessToken) });
  const functionId = await registerSource(client, { source: SOURCE });
  const matrix = new NumpyArray("int64", BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 6n), { shape: [2, 3] });
  const by = new NumpyArray("float32", Float32Array.of(0.5), { isScalar: true });
  const result = await callFunction(client, { endpointId, functionId, args: [matrix, by] });
  const { scaled, sum, packages } = result as { scaled: NumpyArray; sum: NumpyArray; packages: string[] };
  assertInstanceOf(scaled, NumpyArray);
  assertEquals([scaled.type, scaled.shape, [...scaled.data]], ["float64", [2, 3], [0.5, 1, 1.5, 2, 2.5, 3]]);
  assertEquals([sum.isScalar, sum.type, sum.valueOf()], [true, "int64", 21n]);
  assertEquals(packages, ["numpy", "dill", environments.current.at(-1)?.split("==")[1]]);
});
