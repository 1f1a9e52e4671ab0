"""Clusters that are not there, or not what they should be."""

import os
import socket
import subprocess
import sys
import threading

import pytest

pytest.importorskip("ray")

from mores.errors import InputError, ModelError
from mores.models.cluster import ray_session
from mores.models.cluster.ray_session import check_address, connect


@pytest.mark.parametrize("address", ["auto", "host:6379", "[::1]:6379", " 10.0.0.1:1 "])
def test_addresses(address):
    assert check_address(address) == address.strip()


@pytest.mark.parametrize(
    "address", ["", "host", "host:0", "host:99999", "http://host:1", "ray://host", "a b:1", "u@h:1"]
)
def test_what_is_no_address(address):
    with pytest.raises(InputError, match=r"give auto, host:port"):
        check_address(address)


def test_without_ray_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(ray_session, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'mores\[ray\]'"):
        check_address("auto")


def test_the_client_is_named_where_it_lacks(monkeypatch):
    monkeypatch.setattr(ray_session, "find_spec", lambda name: None if name == "grpc" else object())
    with pytest.raises(InputError, match=r"ray\[client\]"):
        check_address("ray://host:10001")


def test_the_working_folder_is_not_sent_to_the_cluster():
    code = (
        "from mores.models.cluster import ray_session\n"
        "ray_session._begin = lambda **_: None\n"
        "ray_session.connect('auto')\n"
        "from ray._private import ray_constants\n"
        "print(getattr(ray_constants, 'RAY_ENABLE_UV_RUN_RUNTIME_ENV', False))"
    )
    environ = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_nothing_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelError, match=f"no cluster answers at 127.0.0.1:{port}"):
        connect(f"127.0.0.1:{port}")


def test_ray_address_is_joined(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    with pytest.raises(
        ModelError, match=f"no cluster answers at 127.0.0.1:{port} .* unset RAY_ADDRESS"
    ):
        connect("auto")
    monkeypatch.setenv("RAY_ADDRESS", "nonsense")
    with pytest.raises(InputError, match=r"^RAY_ADDRESS 'nonsense' is no address"):
        connect("auto")


def test_something_else_there_ends_in_time(monkeypatch):
    monkeypatch.setattr(ray_session, "PATIENCE", 4.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = []
        stop = threading.Event()
        server.settimeout(0.1)

        def take() -> None:
            while not stop.is_set():
                try:
                    taken.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=take)
        thread.start()
        try:
            with pytest.raises(ModelError, match="let nobody in within 4 s"):
                connect(f"127.0.0.1:{server.getsockname()[1]}")
        finally:
            stop.set()
            thread.join()
            for connection in taken:
                connection.close()


def test_what_ray_says_is_told_in_our_words():
    said = (
        "Version mismatch: The cluster was started with:\n    Ray: 2.40.0\n    Python: 3.12.1\nThis "
        "process on node 10.0.0.1 was started with:\n    Ray: 2.60.0\n    Python: 3.11.7\n"
    )
    told = ray_session._explained("h:1", said)
    assert "another Ray or Python" in told
    assert "Ray: 2.40.0, Python: 3.12.1, Ray: 2.60.0, Python: 3.11.7" in told
    said = "Can't find a `node_ip_address.json` file from /tmp/ray/session"
    assert "not part of the cluster" in ray_session._explained("h:1", said)
    assert "lets nobody in (no way)" in ray_session._explained("h:1", "no way")


def test_a_cluster_that_asks_for_a_token_is_named_as_such():
    printed = (
        "gcs_client.cc:210: Unauthenticated: RPC error: InvalidAuthToken: missing or incorrect"
    )
    told = ray_session._explained("h:1", "Failed to connect to Ray cluster at h:1", printed)
    assert "set RAY_AUTH_MODE=token here" in told
    missing = "Token authentication is enabled but no authentication token was found."
    assert "RAY_AUTH_TOKEN_PATH" in ray_session._explained("h:1", missing)
    assert "token" not in ray_session._explained("h:1", "Failed to connect", "nothing of note")


def test_what_the_probe_prints_is_read(monkeypatch):
    program = (
        "import json, sys; print('status: Unauthenticated', file=sys.stderr); "
        "print(json.dumps({'error': 'Failed to connect', 'kind': 'ConnectionError'}))"
    )
    monkeypatch.setattr(ray_session, "_PROBE", program)
    with pytest.raises(ModelError, match=r"h:1 asks for a token; set RAY_AUTH_MODE"):
        ray_session._probe("h:1")
