"""Random values of all types that go both ways, the same ones for the same seed."""

import collections
import datetime
import decimal
import fractions
import pathlib
import random
import uuid
import zoneinfo
from datetime import timedelta, timezone

import numpy as np
from globus_compute_sdk.sdk.shell_function import ShellResult

MAX_DEPTH = 4
TEXTS = ["", "a", "é😀", "\ud800", "__proto__", "constructor", "7", "-0", "x" * 60, "\x00\n\\u0041"]
ZONES = [None, timezone.utc, timezone(timedelta(hours=-3, minutes=-30)), zoneinfo.ZoneInfo("Europe/Paris")]
TYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128"
PATHS = [pathlib.PosixPath, pathlib.PurePosixPath, pathlib.PureWindowsPath]
ERRORS = [KeyError, ValueError, OSError, ArithmeticError, StopIteration, UserWarning]


def integer(r):
    large = [r.choice([1, -1]) * r.getrandbits(bits) for bits in (31, 53, 64, 700)]
    return r.choice([0, 1, -1, 255, 256, 65536, *large])


def real(r):
    # 1.0 is 1 in JavaScript, and comes back as such.
    odd = [-1 / 3, -0.0, float("inf"), float("-inf"), 5e-324, 1e22]
    number = r.choice([r.random(), r.uniform(-1e9, 1e9), *odd])
    return number if number == 0 or abs(number) > 1e21 or not number.is_integer() else 0.5


def text(r):
    codes = (r.choice([r.randrange(32, 127), r.randrange(1, 0xD800)]) for _ in range(r.randrange(4)))
    return r.choice(TEXTS) + "".join(map(chr, codes))


def date(r):
    return datetime.date.fromordinal(r.randrange(1, datetime.date.max.toordinal() + 1))


def time(r):
    return datetime.time(r.randrange(24), r.randrange(60), r.randrange(60), r.choice([0, r.randrange(10**6)]))


def moment(r):
    return datetime.datetime.combine(date(r), time(r), r.choice(ZONES))


def span(r):
    days = r.choice([0, r.randrange(-(10**9) + 1, 10**9)])
    return timedelta(days, r.randrange(86400), r.choice([0, r.randrange(10**6)]))


def array(r):
    dtype = np.dtype(r.choice(TYPES.split())).newbyteorder(r.choice("<>"))
    shape = tuple(r.randrange(4) for _ in range(r.randrange(4)))
    flat = np.array([r.choice([0, 1, 2, 100, r.random() * 100]) for _ in range(int(np.prod(shape)))])
    made = flat.astype(dtype).reshape(shape, order=r.choice("CF"))
    return made[()] if shape == () and r.random() < 0.5 else made


# What can be a key, and what cannot.
KEYS = [
    lambda r, d: None,
    lambda r, d: r.random() < 0.5,
    lambda r, d: integer(r),
    lambda r, d: real(r),
    lambda r, d: text(r),
    lambda r, d: r.randbytes(r.choice([0, 3, 300])),
    lambda r, d: tuple(key(r, d + 1) for _ in range(r.randrange(5))),
    lambda r, d: frozenset(key(r, d + 1) for _ in range(r.randrange(4))),
    lambda r, d: complex(r.random(), r.choice([0.0, -0.0, float("-inf"), 1.0])),
    lambda r, d: range(integer(r), integer(r), r.choice([1, -3, 2**70])),
    lambda r, d: decimal.Decimal(r.choice(["1.50", "-0", "1E+400", "Infinity", str(r.random())])),
    lambda r, d: fractions.Fraction(r.randrange(-99, 99), r.randrange(1, 99)),
    lambda r, d: uuid.UUID(int=r.getrandbits(128)),
    lambda r, d: r.choice([date, time, moment, span])(r),
    lambda r, d: r.choice(PATHS)(r.choice(["/a/b", "c", ".", "d/../e"])),
]
OTHERS = [
    lambda r, d: float("nan"),
    lambda r, d: bytearray(r.randbytes(r.randrange(9))),
    lambda r, d: [value(r, d + 1) for _ in range(r.randrange(5))],
    lambda r, d: tuple(value(r, d + 1) for _ in range(r.randrange(5))),
    lambda r, d: {text(r): value(r, d + 1) for _ in range(r.randrange(5))},
    lambda r, d: {key(r, d + 1): value(r, d + 1) for _ in range(r.randrange(5))},
    lambda r, d: {key(r, d + 1) for _ in range(r.randrange(5))},
    lambda r, d: collections.OrderedDict((key(r, d + 1), value(r, d + 1)) for _ in range(r.randrange(4))),
    lambda r, d: collections.Counter(text(r) for _ in range(r.randrange(4))),
    lambda r, d: collections.Counter(key(r, d + 1) for _ in range(r.randrange(4))),
    lambda r, d: collections.defaultdict(None, {key(r, d + 1): value(r, d + 1)}),
    lambda r, d: collections.deque([value(r, d + 1)], r.choice([None, 5])),
    lambda r, d: r.choice(ERRORS)(*[value(r, d + 1) for _ in range(r.randrange(2))]),
    lambda r, d: ShellResult("echo hi", text(r), "", r.randrange(128), None),
    lambda r, d: slice(None, integer(r), r.choice([None, 2])),
    lambda r, d: array(r),
]


def key(r, depth):
    made = r.choice(KEYS[:6] if depth > MAX_DEPTH else KEYS)(r, depth)
    return 0.5 if isinstance(made, float) and made == 0 else made  # a Map has no -0


def value(r, depth=0):
    return r.choice(KEYS[:6] if depth > MAX_DEPTH else KEYS + OTHERS + OTHERS)(r, depth)


def generated(seed):
    return value(random.Random(seed))
