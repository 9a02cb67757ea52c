/**
 * Loads what the product loads on demand. Reading a module takes time of its own, and a clock that a test sets does not
 * stand still for it: the time of an attempt would be over before its answer can be read.
 *
 * @module
 */
import "../../edge/collect/collect.ts";
import "../../edge/receive/accept.ts";
import "../../edge/verify/verify_by_key_set.ts";
import "../../edge/watch/answer_batch.ts";
import "../../edge/watch/decision_answer.ts";
import "../../edge/watch/operator_answer.ts";
import "../../gen/edge_openapi.ts";
import "../../src/auth/oauth_parts.ts";
import "../../src/auth/make_jwt.ts";
import "../../src/http/error_answers.ts";
import "../../src/tasks/keyed_submission.ts";
import "../../src/wire/function_registration.ts";
import "../../src/wire/pep440.ts";
import "../../src/wire/pickled_value.ts";
import "../../src/wire/python_json_parser.ts";
import "../../src/wire/task_failure.ts";
import "../../src/wire/user_runtime.ts";
