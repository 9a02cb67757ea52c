"""
Serializes and deserializes by the real SDK: a line of JSON in, a line of JSON out.

    {"loop": text}                   the value of the text again, by the SDK and as a pickle of each protocol
    {"make": expression}             the value of the expression by the SDK, or as a pickle of this "protocol"
    {"same": [expression, text]}     what differs between the two; empty where nothing does
"""

import base64
import collections
import datetime
import decimal
import enum
import fractions
import json
import pathlib
import pickle
import sys
import types
import uuid
import zoneinfo
from datetime import timedelta, timezone

import numpy as np
from globus_compute_sdk.sdk.shell_function import ShellResult
from globus_compute_sdk.serialize import AllDataStrategies, ComputeSerializer, DillDataBase64, JSONData

from random_values import generated  # noqa: F401 (expressions use it)

reader = ComputeSerializer()
writers = {"pickle": DillDataBase64(), "json": JSONData(), "all": AllDataStrategies()}

example = types.ModuleType("example")
sys.modules["example"] = example
exec(
    """
import collections, enum
class Color(enum.Enum):
    RED = 1
class Plain:
    def __init__(self, **state): self.__dict__.update(state)
    def __eq__(self, other): return vars(self) == vars(other)
Point = collections.namedtuple("Point", "x y", module="example")
Color.__module__ = Plain.__module__ = "example"
""",
    example.__dict__,
)
Color, Plain, Point = example.Color, example.Plain, example.Point


def serialize(value, form):
    return ComputeSerializer(strategy_data=writers[form]).serialize(value)


def serialize_plain(value, protocol):
    return "00\n" + base64.b64encode(pickle.dumps(value, protocol)).decode()


def difference(value, expected):
    if type(value) is not type(expected):
        return f"{type(value)} is not {type(expected)}"
    if isinstance(value, (np.ndarray, np.generic)):
        dtypes = [item.dtype.newbyteorder("=") for item in (value, expected)]
        if value.shape != expected.shape or dtypes[0] != dtypes[1]:
            return f"{value.dtype} {value.shape} is not {expected.dtype} {expected.shape}"
        if value.ndim > 1 and value.flags.f_contiguous != expected.flags.f_contiguous:
            return "another order"
        same = np.array_equal(value, expected, equal_nan=value.dtype.kind in "fc")
        return "" if same and np.array_equal(np.signbit(value.real), np.signbit(expected.real)) else repr(value)
    if isinstance(value, dict):
        # In an object of JavaScript keys like "7" come first.
        order = sorted if all(isinstance(key, str) for key in expected) else list
        value, expected = [[(key, items[key]) for key in order(items)] for items in (value, expected)]
    if isinstance(value, collections.deque):
        value, expected = [*value, value.maxlen], [*expected, expected.maxlen]
    if isinstance(value, (list, tuple)):
        if len(value) != len(expected):
            return f"{len(value)} items are not {len(expected)}"
        return "; ".join(filter(None, map(difference, value, expected)))
    if isinstance(value, (set, frozenset)):
        return "" if value == expected and set(map(type, value)) == set(map(type, expected)) else ascii(value)
    if isinstance(value, BaseException):
        return difference(value.args, expected.args)
    if isinstance(value, ShellResult):
        return difference(vars(value), vars(expected))
    if isinstance(value, (float, complex)):
        return "" if repr(value) == repr(expected) else repr(value)
    return "" if value == expected or repr(value) == repr(expected) else ascii(value)


for line in sys.stdin:
    request = json.loads(line)
    if "loop" in request:
        value = reader.deserialize(request["loop"])
        plain = [serialize_plain(value, protocol) for protocol in range(6)]
        answer = {"texts": [serialize(value, "pickle"), *plain]}
    elif "make" in request:
        value = eval(request["make"])
        protocol = request.get("protocol")
        form = request.get("form", "pickle")
        answer = {"text": serialize(value, form) if protocol is None else serialize_plain(value, protocol)}
    else:
        expression, text = request["same"]
        answer = {"difference": difference(reader.deserialize(text), eval(expression))}
    print(json.dumps(answer), flush=True)
