"""Told to stop, the server first says at /readyz that it is going, and stops when nobody is sent to it any more.

gunicorn closes its listener at once on SIGTERM: a load balancer that has not asked since would lead to a closed door.
"""

import mmap
import signal
from typing import Any

# Of the master and of all workers, as they are forked from it.
_mark = mmap.mmap(-1, 1)


def is_on() -> bool:
    return _mark[0] == 1


def delay_stopping(server: Any, seconds: int) -> None:
    """For gunicorn's hook when_ready: on SIGTERM its master says that it is going, and stops so many seconds later."""

    def begin(number: int, frame: object) -> None:
        if is_on():
            return  # told twice
        _mark[0] = 1
        signal.setitimer(signal.ITIMER_REAL, seconds)

    def stop(number: int, frame: object) -> None:
        server.signal(signal.SIGTERM, frame)

    signal.signal(signal.SIGTERM, begin)
    signal.signal(signal.SIGALRM, stop)
