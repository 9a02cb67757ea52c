"""Types into a bash on a terminal, and waits after each text for what is to stand there; ends with 1 if it never does."""

import os
import pty
import select
import sys
import time


def main(*steps):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["PS1"] = "ready> "
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    written = ""
    end = time.monotonic() + 60
    for typed, wanted in zip(("", *steps[0::2]), ("ready> ", *steps[1::2])):
        seen = len(written)
        os.write(terminal, typed.encode())
        while wanted not in written[seen:]:
            ready, _, _ = select.select([terminal], [], [], 0.2)
            if ready:
                written += os.read(terminal, 65536).decode("utf8", "replace")
            if time.monotonic() > end:
                sys.exit(f"no {wanted!r} after {typed!r}: {written!r}")
    os.write(terminal, b"\x15exit\n")
    os.waitpid(pid, 0)


main(*sys.argv[1:])
