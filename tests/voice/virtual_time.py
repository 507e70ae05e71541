"""An event loop whose clock jumps to the next thing that is due: a call of a minute is
tested in a moment, and always goes the same way."""

import asyncio
import selectors

OWN_SOCKETS = 1  # by which a loop is woken
ON_THE_WAY_S = 0.0005  # real time that a byte takes from one loopback socket to another


class _Selector(selectors.SelectSelector):
    """Never waits, but for what is on its way to a socket of this very process; tells
    the loop's clock how long it would have."""

    def __init__(self):
        super().__init__()
        self.loop = None

    def select(self, timeout=None):
        has_sockets = len(self.get_map()) > OWN_SOCKETS
        ready = super().select(ON_THE_WAY_S if has_sockets and timeout != 0 else 0)
        if not ready and timeout:
            self.loop.clock += timeout
        elif not ready and timeout is None:
            raise RuntimeError("everybody waits and nothing is due: a deadlock")
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Work in threads is done in place, since no real time passes."""

    def __init__(self):
        selector = _Selector()
        super().__init__(selector)
        selector.loop = self
        self.clock = 0.0

    def time(self):
        return self.clock

    def run_in_executor(self, executor, work, *args):
        future = self.create_future()
        try:
            future.set_result(work(*args))
        except Exception as error:  # as an executor does
            future.set_exception(error)
        return future


def play(scene):
    """Run an async function on virtual time; errors of callbacks and tasks fail it."""
    loop = VirtualLoop()
    errors = []
    loop.set_exception_handler(lambda _, context: errors.append(context))
    try:
        result = loop.run_until_complete(scene)
        loop.run_until_complete(asyncio.sleep(0))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
    assert not errors, errors
    return result
