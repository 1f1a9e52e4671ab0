import gzip
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_server import HASTY, KEY, Asked, ScriptedServer, asking, chat, http, request

from mores.errors import ModelError
from mores.models.failures import Patience
from mores.models.transport import LARGEST_BODY

Serve = Callable[..., ScriptedServer]
RAW = json.dumps(chat("B")).encode()


def test_a_body_of_20_mb_is_not_swallowed(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat("x" * 20_000_000)))
    (reply,) = asking(server.spec)
    assert "more than the 16777216 that are read" in (reply.failure or "")
    assert not reply.permanent
    assert len(server.asked) == 1  # it would be as long again


def test_nor_one_of_unknown_length(serve: Serve) -> None:
    def script(asked: Asked) -> list[bytes | float]:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"100000\r\n" + b"x" * 2**20 + b"\r\n"
        return [head, *([chunk] * 20), b"0\r\n\r\n"]

    (reply,) = asking(serve(script).spec)
    assert "more than the 16777216 bytes that are read" in (reply.failure or "")


def test_nor_a_small_one_that_unpacks_to_a_large_one(serve: Serve) -> None:
    bomb = gzip.compress(json.dumps(chat("x" * (2 * LARGEST_BODY))).encode())
    assert len(bomb) < 100_000
    (reply,) = asking(serve(lambda asked: http(200, bomb, {"Content-Encoding": "gzip"})).spec)
    assert "that are read" in (reply.failure or "")


def test_one_of_15_mb_is_read(serve: Serve) -> None:
    (reply,) = asking(serve(lambda asked: http(200, chat("x" * 15_000_000))).spec)
    assert len(reply.text or "") == 15_000_000


@pytest.mark.parametrize("status", [400, 500])
def test_a_large_error_is_cut_short(serve: Serve, status: int) -> None:
    (reply,) = asking(serve(lambda asked: http(status, b"no " * 1_000_000)).spec)
    assert len(reply.failure or "") <= 320


def test_a_body_that_drips_is_cut_off(serve: Serve) -> None:
    def script(asked: Asked) -> list[bytes | float]:
        return [http(200, RAW)[:-50], *([0.3, b"x"] * 50)]

    patience = Patience(attempt=0.2, attempts=1)
    began = time.monotonic()
    (reply,) = asking(serve(script).spec, patience=patience)
    assert reply.failure == "no complete answer within 0.2 s"
    assert time.monotonic() - began < 10  # of 15


@pytest.mark.parametrize(
    "steps",
    [
        [b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + RAW],
        [b"HTTP/1.0 200 OK\r\n\r\n", 0.02, RAW[:20], 0.02, RAW[20:]],
        [http(200, gzip.compress(RAW), {"Content-Encoding": "gzip"})],
        [http(200, RAW, {"Content-Type": "text/plain; charset=latin-1"})],
        [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"%x\r\n%b\r\n" % (10, RAW[:10]),
            b"%x\r\n%b\r\n0\r\n\r\n" % (len(RAW) - 10, RAW[10:]),
        ],
        [b"HTTP/1.1 100 Continue\r\n\r\n" + http(200, RAW)],
        [http(201, RAW)],
    ],
    ids=["1.0", "1.0-slow", "gzip", "latin-1", "chunked", "continue", "201"],
)
def test_bodies_in_every_wrapping(serve: Serve, steps: list[bytes | float]) -> None:
    (reply,) = asking(serve(lambda asked: steps).spec)
    assert reply.text == "B"


@pytest.mark.parametrize(
    "steps",
    [
        [http(200, b"not gzip", {"Content-Encoding": "gzip"})],
        [http(200, gzip.compress(RAW)[:-40], {"Content-Encoding": "gzip"})],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(RAW) + RAW[:30]],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
        [b"HTTP/1.0 200 OK\r\n\r\n" + RAW[:-4]],
        [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n{}"],
        [b"SSH-2.0-OpenSSH_9.2\r\n"],
    ],
    ids=["no-gzip", "cut-gzip", "cut-chunk", "bad-chunk", "cut-1.0", "header", "length", "ssh"],
)
def test_broken_bodies_are_failures_with_a_reason(serve: Serve, steps: list[bytes | float]) -> None:
    server = serve(lambda asked: steps)
    (reply,) = asking(server.spec)
    assert reply.text is None
    assert reply.failure
    assert "\n" not in reply.failure
    assert not reply.permanent
    assert len(server.asked) == HASTY.attempts


def test_a_lone_surrogate_arrives_as_it_is(serve: Serve) -> None:
    server = serve(lambda asked: http(200, rb'{"choices": [{"message": {"content": "\ud800 B"}}]}'))
    (reply,) = asking(server.spec)
    assert reply.text == "\ud800 B"
    refusing = serve(lambda asked: http(400, rb'{"error": {"message": "bad \ud800 text"}}'))
    (reply,) = asking(refusing.spec)
    assert reply.failure == "HTTP 400: bad \\ud800 text"


def test_cookies_are_not_kept(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat(), {"Set-Cookie": "session=1; Path=/"}))
    spec = server.spec.replace("127.0.0.1", "localhost")
    replies = asking(spec, *(request(seed) for seed in range(3)), concurrency=1)
    assert [reply.text for reply in replies] == ["B"] * 3
    assert not any("cookie" in asked.headers for asked in server.asked)


def test_connections_are_used_again(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat()))
    replies = asking(server.spec, *(request(seed) for seed in range(30)), concurrency=3)
    assert all(reply.text == "B" for reply in replies)
    assert len(server.asked) == 30
    assert server.connections <= 3


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_certificates_are_verified(serve: Serve, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server = serve(lambda asked: http(200, chat()), tls=tls)
    with pytest.raises(ModelError, match=r"cannot be verified.*SSL_CERT_FILE"):
        asking(server.spec.replace("http:", "https:"), environ={"MORES_API_KEY": KEY})
    assert server.asked == []


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as place:
            place.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
def test_ipv6(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat()), host="::1")
    assert server.base.startswith("http://[::1]:")
    (reply,) = asking(server.spec)
    assert reply.text == "B"
