"""TCP ports on this machine."""

from __future__ import annotations

import socket

from deftunes_sandbox.errors import SandboxError

HOST = "127.0.0.1"


def listen(port: int, variable: str, what: str) -> socket.socket:
    """Bind a port on 127.0.0.1; 0 chooses a free one.

    Args:
        port: The port wanted.
        variable: The environment variable that changes it.
        what: Who wants it, for the sentence.

    Raises:
        SandboxError: If it is taken or not ours to use.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"Port {port} on {HOST}, wanted for the {what}, cannot be used "
            f"({error.strerror}): stop what uses it, or set {variable} to another port."
        ) from error
    return listener


def port_of(listener: socket.socket) -> int:
    """Tell the port that a socket is bound to."""
    return int(listener.getsockname()[1])


def is_answered(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0
