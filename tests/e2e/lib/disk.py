"""A disk that is soon full."""

import os
import stat

from lib.client import Failure, Skip, tool

STARTS = """\
#!/bin/sh
[ "$1" = serve ] || exec '{program}' "$@"
exec unshare --mount --propagation private sh -e -c '
    mount -t tmpfs -o size={size}m postroad-test "{data}"
    exec "{program}" "$@"' sh "$@"
"""


def small_disk(server, size_mb):
    """Stops the server; from now on it starts in a mount namespace of its own, its data on a small
    tmpfs (so each start begins with nothing)."""
    if os.geteuid() != 0:
        raise Skip("only root can mount a small disk")
    server.stop()
    try:
        tool(["unshare", "--mount", "true"])
    except Failure as error:
        raise Skip(f"no mount namespaces here: {error}") from None
    wrapper = os.path.join(server.folder, "on-small-disk")
    with open(wrapper, "w", encoding="ascii") as f:
        f.write(STARTS.format(program=server.program, size=size_mb, data=server.data))
    os.chmod(wrapper, stat.S_IRWXU)
    server.program = wrapper
