"""Just enough HTTP/1.1 for the fault endpoint: messages in, messages out, kept connections."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple
from urllib.parse import urlsplit


class Message(NamedTuple):
    """One request or answer.

    Attributes:
        start: The first line, such as "POST / HTTP/1.1" or "HTTP/1.1 200 OK".
        headers: By name in lower case.
        body: Without any transfer coding.
    """

    start: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.start.split(" ", 2)[1])

    def encode(self) -> bytes:
        """The message as sent; its length is added."""
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers.items())]
        head = "\r\n".join([*lines, f"content-length: {len(self.body)}", "", ""])
        return head.encode("latin-1") + self.body


class MessageReader:
    """Cuts the bytes of one connection into messages, however they arrive."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._start = ""
        self._headers: dict[str, str] = {}
        self._missing: int | None = None  # bytes of a body of known length; None: in the head
        self._chunks: list[bytes] | None = None

    def feed(self, data: bytes) -> None:
        """Take in what arrived."""
        self._buffer += data

    def next(self) -> Message | None:
        """The next whole message; None if more has to arrive first.

        Raises:
            ValueError: The bytes are no HTTP/1.1 message with a length.
        """
        if not self._start and not self._read_head():
            return None
        if self._chunks is not None:
            if not self._read_chunks(self._chunks):
                return None
            body = b"".join(self._chunks)
        else:
            length = self._missing or 0
            if len(self._buffer) < length:
                return None
            body = self._take(length)
        message = Message(self._start, self._headers, body)
        self._start, self._headers, self._missing, self._chunks = "", {}, None, None
        return message

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        start, *lines = self._take(end + 4).decode("latin-1")[:-4].split("\r\n")
        for line in lines:
            name, _, value = line.partition(":")
            self._headers[name.strip().lower()] = value.strip()
        self._start = start
        if self._headers.get("transfer-encoding", "").lower() == "chunked":
            self._chunks = []
        else:
            self._missing = int(self._headers.get("content-length", "0"))
        return True

    def _read_chunks(self, chunks: list[bytes]) -> bool:
        while True:
            end = self._buffer.find(b"\r\n")
            if end < 0:
                return False
            size = int(bytes(self._buffer[:end]).split(b";")[0], 16)
            if len(self._buffer) < end + 2 + size + 2:
                return False
            self._take(end + 2)
            chunk = self._take(size + 2)[:-2]
            if not size:
                return True
            chunks.append(chunk)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


class Connection(asyncio.Protocol):
    """One kept TCP connection that hands over whole messages.

    Args:
        on_message: Called for every message, one at a time: the next one only after `send`.
        on_closed: Called once, when the connection is gone for whatever reason.
    """

    def __init__(
        self,
        on_message: Callable[[Connection, Message], None],
        on_closed: Callable[[Connection], None],
    ) -> None:
        self._on_message = on_message
        self._on_closed = on_closed
        self._reader = MessageReader()
        self._transport: asyncio.Transport | None = None
        self._busy = False
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self.closed:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._reader.feed(data)
        self._hand_over()

    def connection_lost(self, _error: Exception | None) -> None:
        """Called by the event loop."""
        self.closed = True
        self._on_closed(self)

    def send(self, data: bytes) -> None:
        """Send one message and be ready for the next of the other side."""
        if self.closed or self._transport is None:
            return
        # The event loop has set TCP_NODELAY: a small answer does not wait for the
        # acknowledgement of the one before it.
        self._transport.write(data)
        self._busy = False
        self._hand_over()

    def end(self) -> None:
        """Close in order, after what was sent."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Close at once; the other side gets a reset, not an orderly end."""
        if self.closed:
            return
        self.closed = True
        if self._transport is not None:
            linger = struct.pack("ii", 1, 0)
            plug = self._transport.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._transport.abort()

    def peer_left(self) -> bool:
        """Whether the other side has closed, noticed by the event loop yet or not."""
        if self._transport is None or self.closed or self._transport.is_closing():
            return True
        file_number = self._transport.get_extra_info("socket").fileno()
        with socket.socket(fileno=os.dup(file_number)) as plug:
            try:
                return not plug.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                return True

    def _hand_over(self) -> None:
        if self._busy:
            return
        try:
            message = self._reader.next()
        except ValueError:
            self.reset()
            return
        if message is not None:
            self._busy = True
            self._on_message(self, message)


class Upstream:
    """A pool of kept connections to the service behind the endpoint.

    Args:
        url: Such as "http://127.0.0.1:8000".
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._idle: list[Connection] = []
        self._waiting: dict[Connection, asyncio.Future[Message]] = {}
        self._connections: set[Connection] = set()

    async def exchange(self, request: Message) -> Message:
        """Send one request and wait for its answer.

        Raises:
            OSError: The service cannot be reached or closed the connection on us.
        """
        data = request.encode()
        while self._idle:
            try:
                return await self._exchange_on(self._idle.pop(), data)
            except ConnectionResetError:
                continue  # it had been idle for longer than the service keeps connections
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._answered, self._lost), self._host, self._port
        )
        self._connections.add(connection)
        return await self._exchange_on(connection, data)

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._connections):
            connection.reset()

    async def _exchange_on(self, connection: Connection, data: bytes) -> Message:
        if connection.closed:
            raise ConnectionResetError("the service closed the connection")
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[connection] = answer
        connection.send(data)
        message = await answer
        self._idle.append(connection)
        return message

    def _answered(self, connection: Connection, message: Message) -> None:
        waiting = self._waiting.pop(connection, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    def _lost(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        waiting = self._waiting.pop(connection, None)
        if waiting is not None and not waiting.done():
            waiting.set_exception(ConnectionResetError("the service closed the connection"))


# Connections that wait to be accepted; a sink opens dozens at once.
_BACKLOG = 1024


class Listener:
    """A port of 127.0.0.1 that can be closed for a while and keeps its number.

    Args:
        on_message: Called for every request.
        on_closed: Called once for every connection that is gone.
    """

    def __init__(
        self,
        on_message: Callable[[Connection, Message], None],
        on_closed: Callable[[Connection], None],
    ) -> None:
        self._on_message = on_message
        self._on_closed = on_closed
        self._connections: set[Connection] = set()
        self._accepting: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._plug = _bind(0)
        # From here on clients may connect, even before the event loop runs.
        self._plug.listen(_BACKLOG)
        self.port: int = self._plug.getsockname()[1]

    def open(self) -> None:
        """Take connections; called on the event loop's thread. Does nothing once closed."""
        if self._plug.fileno() < 0:
            return
        # Not by `create_server`: a connection that its server has accepted and not yet set up
        # when it closes stays open, unknown to anybody, until it is collected as garbage.
        self._loop = asyncio.get_running_loop()
        self._plug.listen(_BACKLOG)
        self._loop.add_reader(self._plug, self._accept)

    def refuse(self) -> None:
        """Refuse connections from now until `open`, and reset those that are open."""
        self._shut()
        # Bound and not listening: connections are refused, and nobody else gets the port.
        self._plug = _bind(self.port)

    def close(self) -> None:
        """Give the port back and reset all connections."""
        self._shut()

    async def wait_closed(self, seconds: float = 1.0) -> None:
        """Wait until the event loop has let go of every connection."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._connections or self._accepting:
            if loop.time() > deadline:
                return
            await asyncio.sleep(0)

    def _shut(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._plug)
            self._loop = None
        self._plug.close()
        for connection in list(self._connections):
            connection.reset()

    def _accept(self) -> None:
        assert self._loop is not None
        try:
            plug, _ = self._plug.accept()
        except OSError:
            return  # whoever it was has left already
        connection = Connection(self._on_message, self._forget)
        self._connections.add(connection)
        # The event loop itself holds tasks by weak references only.
        task = self._loop.create_task(self._loop.connect_accepted_socket(lambda: connection, plug))
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)

    def _forget(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._on_closed(connection)


def _bind(port: int) -> socket.socket:
    plug = socket.socket()
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    plug.bind(("127.0.0.1", port))
    plug.setblocking(False)
    return plug
