/** All that is loaded with the first function that is registered or read. */
export {
  encodeFunctionCode,
  packedStrategy,
  readFunctionSource,
  SOURCE_STRATEGIES,
} from "./function_code.ts";
export { topLevelFunctions } from "./python_source.ts";
export { SHELL_ENTRY, shellSource } from "./shell_source.ts";
