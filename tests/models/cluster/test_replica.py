"""A cluster that goes away as a whole, which is told apart from an actor that ends."""

import asyncio

import pytest

pytest.importorskip("ray")

import ray

from mores.errors import ModelError
from mores.models.cluster.replica import Replica


@pytest.fixture(autouse=True)
def killed(monkeypatch):
    """No Ray is begun here."""
    monkeypatch.setattr(ray, "kill", lambda actor: None)


class Method:
    def __init__(self, error):
        self.error = error

    def remote(self, *given):
        raise self.error


class Actor:
    def __init__(self, error):
        self.ask = self.where = self.close = Method(error)


def replica(error):
    made = object.__new__(Replica)
    made._actor, made.flying, made.gone, made._sent, made._blamed = Actor(error), {}, "", 0, -1
    made.longest, made._heard, made._ended = 0.0, 0.0, ""
    return made


@pytest.mark.parametrize("error", [ConnectionError("gone"), Exception("Client is not connected")])
def test_a_lost_cluster_is_a_clear_error(error, monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(ModelError, match=r"no longer connected \(.*repeat the command"):
        asyncio.run(replica(error).ask(b""))


def test_other_errors_are_not_taken_for_it(monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    with pytest.raises(KeyError):
        asyncio.run(replica(KeyError("ours")).ask(b""))


def test_closing_one_that_is_cut_off_is_quiet(monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    asyncio.run(replica(ConnectionError("gone")).close())
