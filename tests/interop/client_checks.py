"""
Calls every method of the real Python client, unmodified, at the service on http://localhost:5000: prints the names of
the checks, and a line of JSON for each as it is done, with what went wrong in it.
"""

import inspect
import json
import sys
import traceback
import uuid
import warnings

import globus_sdk
from globus_compute_sdk import Client, ShellFunction
from globus_compute_sdk.errors import TaskExecutionFailed

from client_support import CALLED, CHECKS, ENDPOINT, Watched, check, chosen, connect
from client_support import equal, raises, wait, wait_for_batch

FUNCTIONS = {}


def add(a, b=1):
    """Adds two numbers."""
    return a + b


def fail(reason):
    raise KeyError(reason)


def many_kinds():
    return {"bytes": b"\xff", "tuple": (1, 2), "set": {1}, "none": None, "float": float("inf")}


@check
def version_check():
    connect().version_check()


@check
def register_and_run():
    client = connect()
    function_id = client.register_function(add, description="Adds", public=True)
    uuid.UUID(function_id)
    equal(wait(client, client.run(1, b=2, endpoint_id=ENDPOINT, function_id=function_id)), 3)
    stored = client.get_function(function_id)
    equal(stored["function_name"], "add")
    equal(stored["description"], "Adds")
    equal(client.register_function(add, description="again") != function_id, True)
    FUNCTIONS["add"] = function_id


@check
def register_source_code():
    client = connect()
    function_id = client.register_source_code("def twice(x):\n    return ['é😀', 2 * x]\n", "twice")
    equal(wait(client, client.run(4, endpoint_id=ENDPOINT, function_id=function_id)), ["é😀", 8])


def by_code_strategy(strategy):
    def run():
        client = connect(code_serialization_strategy=strategy())
        function_id = client.register_function(add)
        equal(client.get_function(function_id)["function_code"].split("\n")[1], strategy.identifier.strip())
        equal(wait(client, client.run(5, endpoint_id=ENDPOINT, function_id=function_id)), 6)

    run.__name__ = f"code by {strategy.__name__}"
    check(run)


def by_data_strategy(strategy):
    def run():
        client = connect(data_serialization_strategy=strategy())
        function_id = FUNCTIONS["add"]
        batch = client.create_batch(result_serializers=[f"globus_compute_sdk.serialize.{strategy.__name__}"])
        batch.add(function_id, args=(2,), kwargs={"b": 3})
        response = client.batch_run(ENDPOINT, batch)
        equal(wait(client, response["tasks"][function_id][0]), 5)

    run.__name__ = f"data by {strategy.__name__}"
    check(run)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    CODE = list(chosen(True))
    DATA = list(chosen(False))
    for code in CODE:
        by_code_strategy(code)
    for data in DATA:
        by_data_strategy(data)


@check
def every_strategy_is_here():
    names = {strategy.__name__ for strategy in CODE + DATA}
    assert {"DillCode", "PureSourceTextInspect", "PureSourceDill", "AllCodeStrategies"} <= names, names
    assert {"DillCodeSource", "DillCodeTextInspect", "CombinedCode"} <= names, names
    assert {"JSONData", "DillDataBase64", "AllDataStrategies"} <= names, names


@check
def values_of_many_kinds():
    client = connect()
    function_id = client.register_function(many_kinds)
    equal(wait(client, client.run(endpoint_id=ENDPOINT, function_id=function_id)), many_kinds())


@check
def batches():
    client = connect()
    function_id = FUNCTIONS["add"]
    task_ids, group = [], None
    for start in (0, 25):
        batch = client.create_batch(task_group_id=group)
        for number in range(start, start + 25):
            batch.add(function_id, args=(number,))
        response = client.batch_run(ENDPOINT, batch)
        equal(response["task_group_id"], group or response["task_group_id"])
        equal(response["endpoint_id"], ENDPOINT)
        uuid.UUID(response["request_id"])
        group = response["task_group_id"]
        task_ids += response["tasks"][function_id]
    results = wait_for_batch(client, task_ids)
    equal([results[task_id]["result"] for task_id in task_ids], [number + 1 for number in range(50)])


@check
def failing_tasks():
    client = connect()
    function_id = client.register_function(fail)
    task_id = client.run("the reason", endpoint_id=ENDPOINT, function_id=function_id)
    error = raises(TaskExecutionFailed, lambda: wait(client, task_id))
    assert "KeyError: 'the reason'" in str(error) and "Traceback" in str(error), str(error)


@check
def get_task():
    client = connect()
    function_id = FUNCTIONS["add"]
    task_id = client.run(1, endpoint_id=ENDPOINT, function_id=function_id)
    wait(client, task_id)
    task = client.get_task(task_id)
    equal([task["pending"], task["status"], task["result"]], [False, "success", 2])
    assert float(connect().get_task(task_id)["completion_t"]) > 1.6e9


@check
def shell_functions():
    client = connect()
    function_id = client.register_function(ShellFunction("echo {word}; exit 3"))
    result = wait(client, client.run(word="hi", endpoint_id=ENDPOINT, function_id=function_id))
    equal([result.stdout.strip(), result.returncode], ["hi", 3])


@check
def get_worker_hardware_details():
    client = connect()
    report = wait(client, client.get_worker_hardware_details(ENDPOINT))
    assert "python" in report, report[:300]


@check
def endpoints():
    client = connect()
    about = {"endpoint_version": "4.19.0", "hostname": "h", "config": {}, "local_user": "me"}
    own = client.register_endpoint("laboratory", None, metadata=about, display_name="Laboratory")["endpoint_id"]
    allowed = [FUNCTIONS["add"]]
    equal(client.register_endpoint("laboratory", own, metadata=about, allowed_functions=allowed)["endpoint_id"], own)
    assert own in [entry["uuid"] for entry in client.get_endpoints()]
    assert own in [entry["uuid"] for entry in client.get_endpoints(role="owner")]
    equal(client.get_endpoint_metadata(own)["name"], "laboratory")
    assert client.get_endpoint_status(own)["status"] in ("online", "offline", "initialized")
    equal(client.get_endpoint_status(ENDPOINT)["status"], "online")
    answer = client.get_allowed_functions(own)
    assert FUNCTIONS["add"] in json.dumps(dict(answer)), answer
    client.stop_endpoint(own)
    client.delete_endpoint(own)
    equal(raises(globus_sdk.GlobusAPIError, lambda: client.get_endpoint_metadata(own)).http_status, 404)


@check
def get_result_amqp_url():
    assert connect().get_result_amqp_url()["connection_url"].startswith("amqp")


@check
def errors():
    client = connect()
    nobody = str(uuid.uuid4())
    cases = [
        (lambda: client.get_function(nobody), 404, "FUNCTION_NOT_FOUND"),
        (lambda: client.get_endpoint_metadata(nobody), 404, "ENDPOINT_NOT_FOUND"),
        (lambda: client.get_task(nobody), 404, "TASK_NOT_FOUND"),
        (lambda: client.run(endpoint_id=nobody, function_id=FUNCTIONS["add"]), 404, "ENDPOINT_NOT_FOUND"),
        (lambda: client.run(endpoint_id=ENDPOINT, function_id=nobody), 404, "FUNCTION_NOT_FOUND"),
    ]
    for call, status, code in cases:
        error = raises(globus_sdk.GlobusAPIError, call)
        equal([error.http_status, error.code], [status, code])
    stranger = Watched(local_compute_services=True, do_version_check=False,
                       authorizer=globus_sdk.AccessTokenAuthorizer("somebody-else"))
    assert raises(globus_sdk.GlobusAPIError, lambda: stranger.get_endpoints()).http_status in (401, 403)
    equal(client.get_batch_result([nobody])[nobody]["pending"], False)


@check
def delete_function():
    client = connect()
    function_id = client.register_function(add)
    client.delete_function(function_id)
    equal(raises(globus_sdk.GlobusAPIError, lambda: client.get_function(function_id)).code, "FUNCTION_NOT_FOUND")


@check
def logout():
    connect().logout()


@check
def every_method_was_called():
    methods = {name for name, _ in inspect.getmembers(Client, callable) if not name.startswith("_")}
    equal(sorted(methods - CALLED), [])


def main():
    warnings.simplefilter("ignore")
    print(json.dumps({"checks": [one.__name__.replace("_", " ") for one in CHECKS]}), flush=True)
    for one in CHECKS:
        problem = None
        try:
            one()
        except Exception:
            problem = traceback.format_exc()
        print(json.dumps({"problem": problem}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
