"""The web process, as ``rymi up`` starts it."""

import contextlib

from rymi_site import processes as product
from rymi_site.processes import Ports
from tests import processes


@contextlib.contextmanager
def running():
    """Run it; yield its port and its process id."""
    port = processes.free_port()
    argv = product.web(Ports("127.0.0.1", port)).argv
    process = processes.start(*argv[argv.index("-m") + 1 :])
    try:
        processes.wait_until_up(port, process)
        yield port, process.pid
    finally:
        processes.stop(process)
