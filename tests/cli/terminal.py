"""
Runs a program on a terminal, and prints all that it wrote there, and what it ended with. Once it has written what
`wanted` matches, Ctrl-C is typed, or the file `gate` is made. It is killed if it does not end.
"""

import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios


def main(columns, wanted, gate, *command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, int(columns), 0, 0))
    written = b""
    seen = not wanted
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.alarm(120)
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # The other end is closed.
            break
        if not part:
            break
        written += part
        if not seen and re.search(wanted, written.decode("utf8", "replace")):
            seen = True
            if gate:
                open(gate, "w").close()
            else:
                os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    sys.stdout.buffer.write(written)
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(status))


main(*sys.argv[1:])
