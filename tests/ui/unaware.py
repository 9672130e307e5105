"""Runs a program that gets no news of the machine's network: ``python unaware.py PROGRAM ARGUMENTS``.

Chromium drops every request that is under way, also to the loopback interface, when any address of the machine comes
or goes (ERR_NETWORK_CHANGED); each container that another test starts does that. It learns of them by a netlink
socket, and goes on without where it gets none. Linux lets a process give system calls up for itself and what it starts
(``seccomp``), without any rights.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import shlex
import sys
from pathlib import Path

_SOCKET = {"x86_64": 41, "aarch64": 198}
_AF_NETLINK = 16
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _UNLESS, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _FIRST_ARGUMENT = 0, 16


class _Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class _Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction))]


def possible() -> bool:
    """Whether this machine is one whose system calls are known here."""
    return sys.platform == "linux" and platform.machine() in _SOCKET


def starter(program: str, folder: Path) -> Path:
    """A program in ``folder`` that starts another so; the other itself where that cannot be done."""
    if not possible():
        return Path(program)
    script = folder / Path(program).name
    script.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, os.path.abspath(__file__), program])} "$@"\n')
    script.chmod(0o700)
    return script


def give_up_netlink() -> None:
    """From now on ``socket(AF_NETLINK, ...)`` fails in this process and those that it starts."""
    rules = (
        _Instruction(_LOAD, 0, 0, _NUMBER),
        _Instruction(_UNLESS, 0, 3, _SOCKET[platform.machine()]),
        _Instruction(_LOAD, 0, 0, _FIRST_ARGUMENT),
        _Instruction(_UNLESS, 0, 1, _AF_NETLINK),
        _Instruction(_RETURN, 0, 0, _ERRNO | errno.EAFNOSUPPORT),
        _Instruction(_RETURN, 0, 0, _ALLOW),
    )
    program = _Program(len(rules), (_Instruction * len(rules))(*rules))
    libc = ctypes.CDLL(None, use_errno=True)
    for request in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program))):
        if libc.prctl(*request) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    give_up_netlink()
    os.execv(sys.argv[1], sys.argv[1:])
