"""From a model's address to where it listens, under which name and with which key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import BaseModel, ConfigDict

from mores.errors import ModelError
from mores.models.scrub import Secret

__all__ = [
    "OWN_KEY",
    "PORTS",
    "Endpoint",
    "Provider",
    "endpoint",
    "is_loopback",
    "providers",
    "shown",
]

OWN_KEY = "MORES_API_KEY"
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_KEY = re.compile(r"[!-~]+")
PORTS = {"http": 80, "https": 443}
"""Where a server listens whose address names no port."""


class Provider(BaseModel):
    """One entry of ``data/providers.toml``.

    Attributes
    ----------
    base : str
        Address under which ``/chat/completions`` is found.
    base_variable : str
        Environment variable that puts another address in its place.
    key_variable : str or None
        Environment variable that holds the key; None if it needs none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str
    base_variable: str
    key_variable: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is asked.

    Attributes
    ----------
    spec : str
        What the user typed.
    model : str
        The server's name of the model.
    base : str
        Address under which ``/chat/completions`` is found, without a slash at its end.
    key : Secret or None
        Sent as a bearer token; None sends none.
    key_variable : str
        The environment variable in which a key for this address belongs.
    proxy : Secret or None
        Address of the proxy to go through; it may hold a password.
    key_needed : bool
        Whether the server answers nobody without a key. A plan can be made without it all the same.
    """

    spec: str
    model: str
    base: str
    key: Secret | None
    key_variable: str
    proxy: Secret | None = None
    key_needed: bool = False

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Whatever must not be shown: the key and the proxy's password."""
        found = [] if self.key is None else [self.key]
        password = urlsplit(self.proxy.reveal()).password if self.proxy is not None else None
        if password:
            found += [Secret(password), Secret(unquote(password))]
        return tuple(found)


@cache
def providers() -> dict[str, Provider]:
    """The named providers, by name."""
    text = files("mores.models").joinpath("data/providers.toml").read_text("utf-8")
    return {name: Provider.model_validate(entry) for name, entry in tomllib.loads(text).items()}


def endpoint(spec: str, environ: Mapping[str, str]) -> Endpoint:
    """Where the model of a specification is asked.

    Parameters
    ----------
    spec : str
        ``PROVIDER/NAME`` or ``http(s)://host:port/path#NAME``.
    environ : mapping
        Environment: moved addresses, keys and proxies.

    Raises
    ------
    ModelError
        If the address or the name cannot be used, or the key is unusable.
    """
    if "://" in spec:
        return _at_address(spec, environ)
    name, _, model = spec.partition("/")
    provider = providers()[name]
    if not model or _CONTROL.search(model):
        raise ModelError(f"{shown(spec)!r} names no model; write {name}/NAME")
    own = _address(provider.base, "data/providers.toml")
    moved = environ.get(provider.base_variable, "").strip()
    at = _address(moved, provider.base_variable) if moved else own
    variable: str | None = OWN_KEY
    if _origin(at) == _origin(own):
        variable = provider.key_variable
    key = _key(variable, environ) if variable else None
    needed = variable not in (None, OWN_KEY)
    return Endpoint(spec, model, _text(at), key, variable or OWN_KEY, _proxy(at, environ), needed)


def _at_address(spec: str, environ: Mapping[str, str]) -> Endpoint:
    address, _, model = spec.partition("#")
    at = _address(address, "the model's address")
    if not model or _CONTROL.search(model):
        raise ModelError(
            f"{shown(spec)} does not say which model; write the server's name of it after a #, "
            f"as in {_text(at)}#NAME"
        )
    return Endpoint(spec, model, _text(at), _key(OWN_KEY, environ), OWN_KEY, _proxy(at, environ))


def _address(text: str, where: str) -> SplitResult:
    """An address that holds nothing but scheme, host, port and path."""
    remedy = "write http://host:port/v1 or https://host/v1"
    if _CONTROL.search(text):
        raise ModelError(f"{where} holds a space or a control character; {remedy}")
    try:
        at = urlsplit(text)
        usable = at.scheme in PORTS and bool(at.hostname) and at.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ModelError(f"{where} {shown(text)!r} is not a usable address; {remedy}")
    if "@" in at.netloc:
        raise ModelError(
            f"{where} {shown(text)} holds a user name or password; leave it out and put the key in "
            f"the environment variable {OWN_KEY}"
        )
    if at.query or at.fragment:
        raise ModelError(f"{where} {shown(text)} holds a query or a fragment; {remedy}")
    path = at.path.rstrip("/")
    if path.endswith("/chat/completions"):
        path = path.removesuffix("/chat/completions")
        raise ModelError(
            f"{where} {shown(text)} goes too far; leave out /chat/completions: "
            f"{_text(at._replace(path=path))}"
        )
    return at._replace(path=path)


def _text(at: SplitResult) -> str:
    return f"{at.scheme}://{at.netloc}{at.path}"


def _origin(at: SplitResult) -> tuple[str, str | None, int]:
    return at.scheme, at.hostname, at.port or PORTS[at.scheme]


def _key(variable: str, environ: Mapping[str, str]) -> Secret | None:
    value = environ.get(variable, "").strip()
    if not value:
        return None
    if not _KEY.fullmatch(value):
        raise ModelError(
            f"{variable} holds a space or a character that no key has; put the bare key in it"
        )
    return Secret(value)


def is_loopback(host: str) -> bool:
    """True for a name or number of this machine itself."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _proxy(at: SplitResult, environ: Mapping[str, str]) -> Secret | None:
    """The proxy that the environment names for an address, by its lower-case names first."""
    host = at.hostname or ""
    if is_loopback(host):
        return None
    found = {name.lower(): value for name, value in sorted(environ.items()) if value}
    proxy = found.get(f"{at.scheme}_proxy") or found.get("all_proxy")
    if not proxy or _goes_past(host, at.port or PORTS[at.scheme], found.get("no_proxy", "")):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not proxy.lower().startswith(("http://", "https://")):
        raise ModelError(
            f"the proxy {shown(proxy)} of the environment is of a kind that is not supported; use "
            f"an http:// proxy, or put {host} into NO_PROXY"
        )
    return Secret(proxy)


def _goes_past(host: str, port: int, rules: str) -> bool:
    """Whether NO_PROXY names a host: ``*``, a host or a domain, each with or without a port."""
    for rule in rules.lower().replace(",", " ").split():
        name, _, only = rule.rpartition(":")
        if not (only.isdigit() and name and (":" not in name or name.endswith("]"))):
            name, only = rule, str(port)
        name = name.strip("[]").removeprefix("*").lstrip(".")
        if rule == "*" or (only == str(port) and f".{host}".endswith(f".{name}")):
            return True
    return False


def shown(spec: str) -> str:
    """A specification or address as it may be shown: without user, password and query."""
    spec = re.sub(r"(?<=//)[^/#]*@", "…@", spec)
    return re.sub(r"\?[^#]*", "?…", spec)
