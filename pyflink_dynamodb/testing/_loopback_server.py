"""A server of 127.0.0.1 in a thread of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING

from pyflink_dynamodb.testing._http import Connection, Listener, Message
from pyflink_dynamodb.testing.faults import Outage

if TYPE_CHECKING:
    from typing_extensions import Self

logger = logging.getLogger(__name__)


class LoopbackServer(ABC):
    """Listens on a free port of 127.0.0.1 and serves from one thread, from `start` to `stop`."""

    _thread_name = "loopback-server"

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: Exception | None = None
        self._down_until = 0.0
        self._hanging = False

    @property
    def endpoint(self) -> str:
        """The URL clients connect to, once started."""
        if self._listener is None:
            raise LookupError("the endpoint has no address before it is started")
        return f"http://127.0.0.1:{self._listener.port}"

    def start(self) -> None:
        """Listen on a free port; does nothing when it does already."""
        if self._thread is not None:
            return
        listener = Listener(self._receive, self._lose)
        self._listener = listener
        loop = asyncio.new_event_loop()
        self._loop = loop
        self._stopping = loop.create_future()

        def run() -> None:
            loop.run_until_complete(self._serve(listener))
            loop.close()

        self._thread = threading.Thread(target=run, name=self._thread_name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and all connections; requests still held back are never applied.

        Raises:
            RuntimeError: The endpoint itself failed on a request, for example since a
                callable of the script raised.
        """
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set_result, None)
        self._thread.join()
        self._thread = None
        if self._failure is not None:
            raise RuntimeError("the endpoint failed to handle a request") from self._failure

    def wait_until_idle(self, timeout_seconds: float = 60.0) -> None:
        """Wait until no request is open or held back, those whose client has left included.

        Raises:
            TimeoutError: Some still are.
        """
        deadline = time.monotonic() + timeout_seconds
        while self._tasks:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self._tasks)} requests open after {timeout_seconds} s")
            time.sleep(0.005)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.stop()
        except RuntimeError:
            if error is None:
                raise

    # Everything below runs on the server's own thread.

    @abstractmethod
    async def _answer_request(self, connection: Connection, message: Message) -> None:
        """Deal with one request; what it raises is kept for `stop`."""

    @abstractmethod
    def _lose(self, connection: Connection) -> None:
        """Note that a connection is gone."""

    @abstractmethod
    def _cut_off_all(self) -> None:
        """Note that the requests that are open will get no answer."""

    def _begin_outage(self, outage: Outage) -> None:
        self._down_until = time.monotonic() + outage.seconds
        self._hanging = outage.hang
        if outage.hang or self._listener is None:
            return
        self._cut_off_all()
        self._listener.refuse()
        asyncio.get_running_loop().call_later(outage.seconds, self._listener.open)

    async def _is_down(self) -> bool:
        """Whether an outage takes this request; if so, after as long as it hangs."""
        down = self._down_until - time.monotonic()
        if down <= 0:
            return False
        await asyncio.sleep(down if self._hanging else 0)
        return True

    async def _serve(self, listener: Listener) -> None:
        listener.open()
        await self._stopping
        self._cut_off_all()
        listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await listener.wait_closed()
        await asyncio.sleep(0)  # lets the closed connections be taken out of the event loop

    def _receive(self, connection: Connection, message: Message) -> None:
        self._keep(asyncio.get_running_loop().create_task(self._handle(connection, message)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        # The event loop itself holds tasks by weak references only.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, connection: Connection, message: Message) -> None:
        try:
            await self._answer_request(connection, message)
        except Exception as failure:
            # Nobody waits for this task: the failure is kept for `stop`.
            logger.exception("the endpoint failed to handle a request")
            self._failure = self._failure or failure
            connection.reset()
