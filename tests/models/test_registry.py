import subprocess
import sys

import pytest
from scripted_server import KEY

from mores.errors import ModelError
from mores.models.http import HttpModel
from mores.models.registry import resolve


def test_the_simulated_one() -> None:
    model = resolve("sim")
    assert model.simulated
    assert model.spec == "sim"


@pytest.mark.parametrize(
    ("spec", "label"),
    [
        ("openai/gpt-4o", "gpt-4o"),
        ("openrouter/org/name:free", "org/name:free"),
        ("http://127.0.0.1:8000/v1#org/name", "org/name"),
        ("HTTPS://host.example/v1#m", "m"),
        (" ollama/llama3 ", "llama3"),
    ],
)
def test_language_models(spec: str, label: str) -> None:
    environ = {"OPENAI_API_KEY": KEY, "OPENROUTER_API_KEY": KEY}
    model = resolve(spec, environ=environ, concurrency=7)
    assert isinstance(model, HttpModel)
    assert (model.spec, model.label, model.simulated, model.block_size) == (
        spec.strip(),
        label,
        False,
        1,
    )
    assert model.throttle.maximum == 7
    assert KEY not in repr(model)


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "gpt-4o",
        "openai",
        "vlm:org/model",
        "opanai/gpt-4o",
        "ftp://host/v1#m",
        "simulated",
        "/m",
    ],
)
def test_anything_else_names_what_is_allowed(spec: str) -> None:
    names = r"openai/NAME.*http://host:port/v1#NAME.*vllm:REPO_OR_PATH"
    with pytest.raises(ModelError, match=names) as caught:
        resolve(spec, environ={})
    assert repr(spec)[1:-1] in str(caught.value)


def test_a_password_in_nonsense_is_not_repeated() -> None:
    with pytest.raises(ModelError) as caught:
        resolve("ftp://user:SECRET@host?k=SECRET", environ={})
    assert "SECRET" not in str(caught.value)


def test_the_environment_is_that_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = resolve("openai/m")
    assert isinstance(model, HttpModel)
    assert model.endpoint.key is None
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = resolve("openai/m")
    assert isinstance(model, HttpModel)
    assert model.endpoint.key is not None


def test_no_concurrency() -> None:
    with pytest.raises(ModelError, match="use 1 or more"):
        resolve("ollama/m", concurrency=0)


def test_importing_does_not_load_the_network() -> None:
    code = (
        "import sys, mores.models.registry, mores.models.http, mores.models.probe\n"
        "print([m for m in ('aiohttp', 'stamina', 'mores.models.sim') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
