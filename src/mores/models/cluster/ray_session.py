"""A connection to a Ray cluster, or a Ray of one's own on this machine."""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import subprocess
import sys
import warnings
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from mores.errors import InputError, ModelError
from mores.models.cluster.placement import Room
from mores.models.scrub import one_line

__all__ = ["RaySession", "check_address", "connect"]

PATIENCE = 45.0
"""Seconds within which a cluster must have let us in."""
_KNOCK = 5.0
"""Seconds within which something must listen at its address."""
_STORE = 512 * 2**20
"""Bytes of shared memory of a Ray of our own: blocks are small, and few are under way."""
_ADDRESS = re.compile(
    r"(?:(?P<client>ray)://)?(?P<host>\[[^\]]+\]|[^:/\s@\[\]]+):(?P<port>\d{1,5})"
)
_PROBE = """\
import json, os, sys
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
import ray
try:
    ray.init(address=sys.argv[1], log_to_driver=False, logging_level="critical")
except BaseException as error:
    print(json.dumps({"error": str(error), "kind": type(error).__name__}))
else:
    print(json.dumps({}))
sys.stdout.flush()
os._exit(0)
"""


def check_address(address: str, given_by: str = "--cluster") -> str:
    """``auto`` or the address of a cluster, if it can be one.

    Parameters
    ----------
    address : str
        As it was given.
    given_by : str
        The option or variable that it was given by, for messages.

    Raises
    ------
    InputError
        If it can be none, or the extra is not installed.
    """
    if find_spec("ray") is None:
        raise InputError("--cluster needs Ray; install the extra: pip install 'mores[ray]'")
    address = address.strip()
    if address == "auto":
        return address
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise InputError(
            f"{given_by} {one_line(address)!r} is no address of a cluster; give auto, host:port (as "
            "`ray start --head` prints it, usually port 6379) or ray://host:port (usually 10001)"
        )
    if found["client"] and find_spec("grpc") is None:
        raise InputError(
            f"{given_by} {address} needs Ray's client; install it: pip install 'ray[client]'"
        )
    return address


class RaySession:
    """A cluster that this process is connected to.

    Parameters
    ----------
    ours : bool
        Whether the connection ends with the session; a connection that was there before stays.
    where : str
        What to call the cluster.
    """

    def __init__(self, ours: bool, where: str) -> None:
        self._ours = ours
        self.where = where

    def room(self) -> Room:
        """What the cluster has, taken or not."""
        import ray

        alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        gpus = [node.get("GPU", 0.0) for node in alive]
        cpus = sum(node.get("CPU", 0.0) for node in alive)
        return Room(cpus, sum(gpus), max(gpus, default=0.0), len(alive))

    def free(self) -> tuple[float, float]:
        """CPUs and GPUs that nobody has taken."""
        import ray

        left = ray.available_resources()
        return left.get("CPU", 0.0), left.get("GPU", 0.0)

    def close(self) -> None:
        """Disconnect; a Ray of our own ends."""
        import ray

        if self._ours:
            ray.shutdown()


def connect(address: str) -> RaySession:
    """Connect to a cluster.

    Parameters
    ----------
    address : str
        ``host:port`` or ``ray://host:port``; ``auto`` joins the one that RAY_ADDRESS names, else
        starts a Ray on this machine that ends with the session.

    Raises
    ------
    ModelError
        If nothing is there, it does not let us in in time, or it is of another version.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns of its future
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # else Ray begins anew where one was lost
    # else under `uv run` Ray sends the whole working folder, keys in files included, to the cluster
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    import ray

    if ray.is_initialized():
        return RaySession(ours=False, where="the Ray of this process")
    named = os.environ.get("RAY_ADDRESS", "").strip()
    otherwise = "give --cluster auto for a Ray on this machine"
    if address == "auto" and named not in ("", "local"):
        address = check_address(named, "RAY_ADDRESS") if named != "auto" else "auto"
        otherwise = "unset RAY_ADDRESS, by which it was given, for a Ray on this machine"
    elif address == "auto":
        _begin(address="local", include_dashboard=False, object_store_memory=_STORE)
        return RaySession(ours=True, where="a Ray on this machine")
    if address != "auto":
        _knock(address, otherwise)
    _probe(address)
    _begin(address=address)
    return RaySession(ours=True, where=f"the cluster at {address}")


def _begin(**options: Any) -> None:
    import ray

    if options["address"].startswith("ray://"):  # Ray warns of traffic above 10 MB
        warnings.filterwarnings("ignore", category=UserWarning, module=r"ray\.util\.client")
    try:
        ray.init(log_to_driver=False, logging_level=logging.CRITICAL, **options)
    except Exception as error:
        where = "here" if options["address"] == "local" else f"at {options['address']}"
        raise ModelError(f"Ray cannot be used {where} ({one_line(str(error))})") from None
    with suppress(Exception):  # Ray prints the end of every actor, and has no setting for that
        from ray._private.ray_logging import global_worker_stdstream_dispatcher as printer

        printer.remove_handler("ray_print_logs")


def _knock(address: str, otherwise: str) -> None:
    """See that something listens, which Ray itself would wait long for."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK):
            return
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise ModelError(
            f"no cluster answers at {address} ({reason}); see that it runs (ray status, on its head) "
            f"and that the address is its own, or {otherwise}"
        ) from None


def _probe(address: str) -> None:
    """Connect in a process of its own: where Ray fails to, it may hang, or end the process."""
    command = [sys.executable, "-c", _PROBE, address]
    probe = subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, aside = probe.communicate(timeout=PATIENCE)
        found: dict[str, str] = json.loads(said.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"what listens at {address} let nobody in within {PATIENCE:g} s; see that it is a Ray "
            "cluster's address, and that this machine is one of its own (ray start --address=…) where "
            "the address is host:port"
        ) from None
    except (ValueError, IndexError):
        raise ModelError(
            f"Ray ended when connecting to {address}; see that it is a Ray cluster's address"
        ) from None
    finally:
        probe.kill()
        probe.wait()
        assert probe.stdout is not None
        assert probe.stderr is not None
        probe.stdout.close()
        probe.stderr.close()
    if not found:
        return
    raise ModelError(_explained(address, found["error"], aside))


def _explained(address: str, said: str, aside: str = "") -> str:
    """Why a cluster let nobody in, of what Ray raised and what it printed."""
    if re.search(
        r"Unauthenticated|UNAUTHENTICATED|InvalidAuthToken|[Tt]oken authentication", said + aside
    ):
        return (
            f"the cluster at {address} asks for a token; set RAY_AUTH_MODE=token here and have its "
            "token in ~/.ray/auth_token or RAY_AUTH_TOKEN_PATH (ray get-auth-token on its head)"
        )
    if "ersion mismatch" in said:
        versions = ", ".join(re.findall(r"(?:Ray|Python): \S+", said))
        return (
            f"the cluster at {address} runs another Ray or Python than this process ({versions}; its "
            "own come first); install the same on both"
        )
    if "node_ip_address.json" in said or "raylet" in said.lower():
        return (
            f"this machine is not part of the cluster at {address}; make it one with ray start "
            f"--address={address}, run mores on one that is, or use ray://host:10001"
        )
    hint = "; if it asks for a token, set RAY_AUTH_MODE=token" if "timeout" in said else ""
    return f"the cluster at {address} lets nobody in ({one_line(said)}){hint}"
