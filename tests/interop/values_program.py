"""
Serializes and deserializes by the real SDK: a line of JSON in, a line of JSON out.

    {"loop": text, "protocol": p}    the value of the text again, by the SDK, or as a pickle of that protocol
    {"make": expression}             the value of the expression
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


def difference(value, expected):
    if type(value) is not type(expected):
        return f"{type(value)} is not {type(expected)}"
    if isinstance(value, (np.ndarray, np.generic)):
        if value.shape != expected.shape or value.dtype.newbyteorder("=") != expected.dtype.newbyteorder("="):
            return f"{value.dtype} {value.shape} is not {expected.dtype} {expected.shape}"
        if value.ndim > 1 and value.flags.f_contiguous != expected.flags.f_contiguous:
            return "another order"
        return "" if np.array_equal(value, expected, equal_nan=value.dtype.kind in "fc") else repr(value)
    if isinstance(value, (list, tuple)) and len(value) == len(expected):
        return "; ".join(filter(None, map(difference, value, expected)))
    if isinstance(value, BaseException):
        return difference(value.args, expected.args)
    if isinstance(value, ShellResult):
        return difference(vars(value), vars(expected))
    return "" if value == expected or repr(value) == repr(expected) else repr(value)


for line in sys.stdin:
    request = json.loads(line)
    if "loop" in request:
        value = reader.deserialize(request["loop"])
        protocol = request["protocol"]
        text = (
            serialize(value, "pickle")
            if protocol is None
            else "00\n" + base64.b64encode(pickle.dumps(value, protocol)).decode()
        )
        answer = {"text": text}
    elif "make" in request:
        answer = {"text": serialize(eval(request["make"]), request.get("form", "pickle"))}
    else:
        expression, text = request["same"]
        answer = {"difference": difference(reader.deserialize(text), eval(expression))}
    print(json.dumps(answer), flush=True)
