"""Does the jobs of the benchmark in CPython, and says how long it took: a line of JSON in, a line of JSON out."""

import base64
import codecs
import json
import pickle
import sys
import time

VALUES = []
PICKLES = []
JSONS = []


def record(index):
    return {
        "id": index,
        "name": f"sample-{index}",
        "ok": index % 3 == 0,
        "mean": index / 7,
        "tags": ["a", "b", f"run-{index % 10}"],
        "where": (index, index + 1, 0.5),
    }


def make(count):
    VALUES[:] = [record(index) for index in range(count)]
    PICKLES[:] = ["00\n" + codecs.encode(pickle.dumps(value), "base64").decode() for value in VALUES]
    JSONS[:] = ["11\n" + json.dumps(value) for value in VALUES]
    return {"pickles": PICKLES, "jsons": JSONS}


def numpy_pickle(count):
    """What NumPy writes for `numpy.arange(count) / 7`, put together by hand, so that NumPy need not be here."""
    import array

    numbers = array.array("d", (index / 7 for index in range(count)))
    if sys.byteorder == "big":
        numbers.byteswap()
    body = numbers.tobytes()
    text = lambda value: b"\x8c" + bytes([len(value)]) + value.encode()
    integer = lambda value: b"J" + value.to_bytes(4, "little")
    dtype = (
        text("numpy") + text("dtype") + b"\x93" + text("f8") + b"\x89\x88\x87R"
        + b"(K\x03" + text("<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    return (
        b"\x80\x04" + text("numpy.core.multiarray") + text("_reconstruct") + b"\x93"
        + text("numpy") + text("ndarray") + b"\x93" + b"K\x00\x85" + b"C\x01b" + b"\x87R"
        + b"(K\x01" + integer(count) + b"\x85" + dtype + b"\x89B" + len(body).to_bytes(4, "little") + body + b"tb."
    )


def encode_pickles():
    for value in VALUES:
        codecs.encode(pickle.dumps(value), "base64").decode()


def decode_pickles():
    for text in PICKLES:
        pickle.loads(codecs.decode(text[3:].encode(), "base64"))


def encode_jsons():
    for value in VALUES:
        json.dumps(value)


def decode_jsons():
    for text in JSONS:
        json.loads(text[3:])


JOBS = {job.__name__: job for job in (encode_pickles, decode_pickles, encode_jsons, decode_jsons)}

for line in sys.stdin:
    request = json.loads(line)
    if "make" in request:
        answer = make(request["make"])
    elif "numpy" in request:
        answer = {"base64": base64.b64encode(numpy_pickle(request["numpy"])).decode()}
    else:
        begin = time.perf_counter()
        JOBS[request["job"]]()
        answer = {"seconds": time.perf_counter() - begin}
    print(json.dumps(answer), flush=True)
