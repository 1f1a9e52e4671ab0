import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import KEY

from mores.errors import ModelError
from mores.models.http import HttpModel
from mores.models.providers import endpoint, is_loopback, providers, shown

BASES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
    "openrouter": "https://openrouter.ai/api/v1",
}


@pytest.mark.parametrize("name", BASES)
def test_a_named_provider_gets_its_own_key(name: str) -> None:
    variable = f"{name.upper()}_API_KEY"
    environ = {v: f"{KEY}-{v}" for v in ("MORES_API_KEY", *(f"{n.upper()}_API_KEY" for n in BASES))}
    at = endpoint(f"{name}/org/model:free", environ)
    assert at.base == BASES[name]
    assert at.model == "org/model:free"
    assert at.key is not None
    assert at.key.reveal() == f"{KEY}-{variable}"
    assert KEY not in repr(at)


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_key_is_named(name: str, value: str | None) -> None:
    variable = f"{name.upper()}_API_KEY"
    environ = {} if value is None else {variable: value}
    at = endpoint(f"{name}/m", environ)  # enough for a plan
    assert at.key_needed
    model = HttpModel(at)
    with pytest.raises(ModelError, match=f"put the key in the environment variable {variable}"):
        asyncio.run(model.prepare())


def test_ollama_needs_none_and_gets_none() -> None:
    at = endpoint("ollama/llama3.2:1b", {"MORES_API_KEY": KEY, "OPENAI_API_KEY": KEY})
    assert (at.base, at.key) == ("http://127.0.0.1:11434/v1", None)


@pytest.mark.parametrize(
    "moved",
    [
        "https://gateway.example/v1",
        "http://api.openai.com/v1",  # not encrypted
        "https://api.openai.com:8443/v1",
        "https://api.openai.com.evil.example/v1",
        "http://127.0.0.1:8000/v1",
    ],
)
def test_a_providers_key_goes_to_no_other_host(moved: str) -> None:
    environ = {"OPENAI_API_KEY": KEY, "MORES_OPENAI_BASE_URL": moved}
    at = endpoint("openai/m", environ)
    assert (at.base, at.key, at.key_variable) == (moved, None, "MORES_API_KEY")
    at = endpoint("openai/m", {**environ, "MORES_API_KEY": "own"})
    assert at.key is not None
    assert at.key.reveal() == "own"


def test_a_providers_key_goes_to_another_path_of_its_host() -> None:
    environ = {"OPENAI_API_KEY": KEY, "MORES_OPENAI_BASE_URL": "https://API.openai.com:443/v2/"}
    at = endpoint("openai/m", environ)
    assert at.base == "https://API.openai.com:443/v2"
    assert at.key is not None


def test_any_server() -> None:
    at = endpoint("https://host.example:8443/a/v1/#org/m#x", {"MORES_API_KEY": f" {KEY}\n"})
    assert (at.base, at.model) == ("https://host.example:8443/a/v1", "org/m#x")
    assert at.key is not None
    assert at.key.reveal() == KEY
    assert endpoint("http://[::1]:8000/v1#m", {"OPENAI_API_KEY": KEY}).key is None


@pytest.mark.parametrize(
    ("spec", "remedy"),
    [
        ("http://host/v1", "after a #, as in http://host/v1#NAME"),
        ("http://host/v1#", "after a #"),
        ("http://host/v1#a b", "after a #"),
        ("http:///v1#m", "write http://host:port/v1"),
        ("http://host:99999/v1#m", "write http://host:port/v1"),
        ("http://host:0/v1#m", "write http://host:port/v1"),
        ("http://[::1/v1#m", "write http://host:port/v1"),
        ("http://ho st/v1#m", "a space or a control character"),
        ("http://host\n/v1#m", "a space or a control character"),
        ("http://host/v1?api_key=SECRET#m", "a query"),
        ("http://user:SECRET@host/v1#m", "the environment variable MORES_API_KEY"),
        ("http://SECRET@host/v1#m", "the environment variable MORES_API_KEY"),
        ("http://host/v1/chat/completions#m", "leave out /chat/completions: http://host/v1"),
        ("openai/", "write openai/NAME"),
        ("openai/a\tb", "write openai/NAME"),
    ],
)
def test_unusable_addresses_tell_the_remedy_and_no_secret(spec: str, remedy: str) -> None:
    with pytest.raises(ModelError, match=re.escape(remedy)) as caught:
        endpoint(spec, {"OPENAI_API_KEY": KEY})
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "moved", ["api.openai.com/v1", "ftp://x/v1", "https://u:SECRET@x/v1", "https://"]
)
def test_an_unusable_moved_address_names_its_variable(moved: str) -> None:
    with pytest.raises(ModelError, match="MORES_OPENAI_BASE_URL") as caught:
        endpoint("openai/m", {"MORES_OPENAI_BASE_URL": moved})
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("value", ["sk-a b", "sk-ä", "sk\x00", "sk-a\nX-Evil: 1"])
def test_a_key_that_is_no_key_is_refused_unseen(value: str) -> None:
    with pytest.raises(ModelError, match="MORES_API_KEY holds") as caught:
        endpoint("http://host/v1#m", {"MORES_API_KEY": value})
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("128.0.0.1", False),
        ("example", False),
        ("", False),
    ],
)
def test_loopback(host: str, own: bool) -> None:
    assert is_loopback(host) is own


@pytest.mark.parametrize(
    ("spec", "environ", "proxy"),
    [
        ("http://h.example/v1#m", {"HTTP_PROXY": "http://p:1"}, "http://p:1"),
        (
            "http://h.example/v1#m",
            {"HTTP_PROXY": "http://p:1", "http_proxy": "http://q:2"},
            "http://q:2",
        ),
        ("http://h.example/v1#m", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://h.example/v1#m", {"HTTPS_PROXY": "p:1"}, "http://p:1"),
        ("https://h.example/v1#m", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://h.example/v1#m", {"HTTPS_PROXY": ""}, None),
        ("http://127.0.0.1:1/v1#m", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://localhost/v1#m", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://[::1]/v1#m", {"HTTP_PROXY": "http://p:1"}, None),
    ],
)
def test_proxies_of_the_environment(spec: str, environ: dict[str, str], proxy: str | None) -> None:
    found = endpoint(spec, environ).proxy
    assert (found and found.reveal()) == proxy


@pytest.mark.parametrize(
    ("rules", "past"),
    [
        ("*", True),
        ("example", True),
        (".example", True),
        ("*.example", True),
        ("H.Example", True),
        ("h.example:8000", True),
        ("h.example:80", False),
        ("other, h.example", True),
        ("other h.example", True),
        ("ample", False),
        ("h.example.org", False),
        ("10.0.0.0/8", False),
        ("", False),
    ],
)
def test_no_proxy(rules: str, past: bool) -> None:
    environ = {"http_proxy": "http://p:1", "no_proxy": rules}
    assert (endpoint("http://h.example:8000/v1#m", environ).proxy is None) is past


def test_no_proxy_with_numbers() -> None:
    for rule, past in (("fd00::2", True), ("[fd00::2]:8000", True), ("fd00::3", False)):
        environ = {"http_proxy": "http://p:1", "no_proxy": rule}
        assert (endpoint("http://[fd00::2]:8000/v1#m", environ).proxy is None) is past


def test_a_proxy_of_another_kind_is_refused_without_its_password() -> None:
    with pytest.raises(ModelError, match="NO_PROXY") as caught:
        endpoint("http://h.example/v1#m", {"ALL_PROXY": "socks5://u:SECRET@p:1"})
    assert "SECRET" not in str(caught.value)


@given(st.text(max_size=40), st.from_regex(r"[A-Za-z0-9]{12}", fullmatch=True))
def test_what_is_shown_has_no_password(rest: str, password: str) -> None:
    assert password not in shown(f"http://user:{password}@host/v1?key={password}#m")


def test_every_provider_can_be_moved() -> None:
    assert set(providers()) == {*BASES, "ollama"}
    for name, provider in providers().items():
        assert provider.base_variable == f"MORES_{name.upper()}_BASE_URL"
        environ = {provider.base_variable: "http://127.0.0.1:9/v1"}
        assert endpoint(f"{name}/m", environ).base == "http://127.0.0.1:9/v1"
