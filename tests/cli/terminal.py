"""Runs a program on a terminal of 100 columns, and prints all that it wrote there, and what it ended with."""

import fcntl
import os
import pty
import struct
import sys
import termios


def main(columns, interrupt_at, *command):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, int(columns), 0, 0))
    written = b""
    interrupted = False
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # The other end is closed.
            break
        if not part:
            break
        written += part
        if interrupt_at and not interrupted and interrupt_at.encode() in written:
            interrupted = True
            os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    sys.stdout.buffer.write(written)
    sys.stdout.flush()
    sys.exit(os.waitstatus_to_exitcode(status))


main(*sys.argv[1:])
