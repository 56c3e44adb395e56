"""A proxy that only the environment names, as on a company's machines."""

from __future__ import annotations

import base64
import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CREDENTIALS = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{key}</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


class TunnelingProxy(socketserver.ThreadingTCPServer):
    """Makes a tunnel to one endpoint, wherever it is asked to go, and is STS itself."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        """Listen on a free port of the loopback interface."""
        super().__init__(("127.0.0.1", 0), _Tunnel)
        parts = urlsplit(endpoint)
        self.target = (parts.hostname, parts.port)
        self.asked: set[tuple[str, str]] = set()
        self.access_key = ""


class _Tunnel(socketserver.StreamRequestHandler):
    server: TunnelingProxy

    def handle(self) -> None:
        first = self.rfile.readline().decode().strip()
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, content = line.partition(":")
            headers[name.lower()] = content.strip()
        self.server.asked.add((first, headers.get("proxy-authorization", "")))
        if not first.startswith("CONNECT"):
            self.rfile.read(int(headers["content-length"]))
            answer = CREDENTIALS.format(key=self.server.access_key).encode()
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/xml\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer)
            )
            return
        with socket.create_connection(self.server.target) as service:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pass, args=(service.makefile("rb"), self.wfile))
            back.start()
            _pass(self.rfile, service.makefile("wb"))
            service.shutdown(socket.SHUT_WR)
            back.join()


def _pass(source: Any, target: Any) -> None:
    while some := source.read1():
        target.write(some)
        target.flush()


@pytest.fixture
def proxy(dynamodb_local: Any) -> Iterator[TunnelingProxy]:
    """A proxy that leads to DynamoDB Local."""
    with TunnelingProxy(dynamodb_local.endpoint) as started:
        threading.Thread(target=started.serve_forever, daemon=True).start()
        yield started
        started.shutdown()


def test_calls_take_the_proxy_of_the_environment_except_to_this_machine(
    proxy: TunnelingProxy,
    dynamodb_local: Any,
    new_table: Callable[..., str],
    items: Callable[[str], list[dict[str, Any]]],
) -> None:
    """The names of the endpoints are none that this machine knows: the proxy alone has to."""
    far, near = new_table(), new_table()
    properties = dynamodb_local.properties
    proxy.access_key = properties["aws.credentials.provider.basic.accesskeyid"]
    role = {
        "aws.region": properties["aws.region"],
        "aws.endpoint": "http://dynamodb.example:8000",
        "aws.credentials.provider": "ASSUME_ROLE",
        "aws.credentials.provider.role.arn": "arn:aws:iam::123456789012:role/writer",
        "aws.credentials.provider.role.stsEndpoint": "http://sts.example",
        "aws.credentials.provider.role.provider": "BASIC",
        "aws.credentials.provider.role.provider.basic.accesskeyid": "a",
        "aws.credentials.provider.role.provider.basic.secretkey": "b",
    }
    sinks = {far: role, near: properties}
    environment = {
        **{name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")},
        "HTTP_PROXY": f"http://me:p%40ss@127.0.0.1:{proxy.server_address[1]}",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }

    ended = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("proxy_job.py"))],
        input=json.dumps(sinks),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(items(far)) == len(items(near)) == 10
    login = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert proxy.asked == {
        ("POST http://sts.example HTTP/1.1", login),
        ("CONNECT dynamodb.example:8000 HTTP/1.1", login),
    }
