"""What the checks of the real Python client share."""

import inspect
import os
import time

import globus_sdk
from globus_compute_sdk import Client
from globus_compute_sdk import serialize as strategies
from globus_compute_sdk.errors import TaskPending

ENDPOINT = os.environ["COMPUTE_ENDPOINT_ID"]
TOKEN = os.environ["COMPUTE_TOKEN"]
DEADLINE_S = 60
CHECKS = []
CALLED = set()


class Watched(Client):
    """The client itself, but that it notes which of its methods the checks call."""

    def __getattribute__(self, name):
        if not name.startswith("_"):
            CALLED.add(name)
        return super().__getattribute__(name)


def connect(**options):
    authorizer = globus_sdk.AccessTokenAuthorizer(TOKEN)
    return Watched(local_compute_services=True, authorizer=authorizer, **options)


def check(function):
    CHECKS.append(function)
    return function


def wait(client, task_id):
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        try:
            return client.get_result(task_id)
        except TaskPending:
            time.sleep(0.05)
    raise TimeoutError(task_id)


def wait_for_batch(client, task_ids):
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        results = client.get_batch_result(task_ids)
        if all(not results.get(task_id, {"pending": False})["pending"] for task_id in task_ids):
            return results
        time.sleep(0.05)
    raise TimeoutError(task_ids)


def equal(value, expected):
    assert value == expected, f"{value!r} is not {expected!r}"


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def chosen(is_code):
    """The strategies that a client can be told to use, for functions or for data."""
    bases = strategies.base
    for name in strategies.__all__:
        kind = getattr(strategies, name)
        if not inspect.isclass(kind) or not issubclass(kind, strategies.SerializationStrategy):
            continue
        if inspect.isabstract(kind) or not hasattr(kind, "identifier") or kind in vars(bases).values():
            continue
        if getattr(kind, "for_code", getattr(kind, "_for_code", None)) is is_code:
            yield kind
