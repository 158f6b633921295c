"""Become another program that gets a signal when its parent dies, however the parent dies.

Run by its path, before anything of the package is imported (it takes milliseconds):
`bound.py SIGNAL PARENT_PID USER_ID PROGRAM [ARGUMENT ...]`; without a USER_ID (`-`), the program
runs as whoever runs this. Linux binds to the *thread* that started us.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Change the user, bind to the parent, and give way to the program."""
    signum, parent, user, *command = sys.argv[1:]
    if user != "-":
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    # After the change of user, which would undo it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    if os.getppid() == int(parent):  # else it died before the line above
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
