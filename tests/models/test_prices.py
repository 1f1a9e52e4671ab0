import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from mores.errors import ModelError
from mores.models.interface import Price
from mores.models.prices import price_of
from mores.models.providers import providers

OWN = """
[price."http://127.0.0.1:8000/v1#m"]
prompt = 1
completion = 2.5
as_of = 2025-12-24
source = "our power bill"

[price."openai/gpt-4o"]
prompt = 0.0
completion = 0.0
as_of = "2025-12-24"
source = "a grant"
"""


def test_a_known_price() -> None:
    assert price_of("openai/gpt-4o-mini", environ={}) == Price(
        0.15, 0.6, "2025-09-01", "https://openai.com/api/pricing"
    )
    assert price_of(" anthropic/claude-3-haiku-20240307 ", environ={}).prompt == 0.25


@pytest.mark.parametrize(
    "spec",
    [
        "sim",
        "sim:steerability=0.6",
        "ollama/llama3",
        "http://127.0.0.1:8000/v1#m",
        "http://localhost/v1#m",
        "http://[::1]:80/v1#m",
    ],
)
def test_what_runs_here_costs_nothing(spec: str) -> None:
    price = price_of(spec, environ={})
    assert price is not None
    assert (price.prompt, price.completion) == (0, 0)


@pytest.mark.parametrize(
    "spec",
    [
        "openai/gpt-4o-",
        "openai/gpt-4o-2099-01-01",
        "gpt-4o",
        "openrouter/openai/gpt-4o",
        "http://10.0.0.1/v1#gpt-4o",
        "https://api.openai.com/v1#gpt-4o",
        "http://[::1/v1#m",
        "simulated",
        "",
    ],
)
def test_an_unknown_price_is_none(spec: str) -> None:
    assert price_of(spec, environ={}) is None


def test_the_users_table_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(OWN)
    grant = Price(0, 0, "2025-12-24", "a grant")
    assert price_of("openai/gpt-4o", table=path, environ={}) == grant
    assert price_of("openai/gpt-4o", environ={"MORES_PRICES": str(path)}) == grant
    local = price_of("http://127.0.0.1:8000/v1#m", table=path, environ={})
    assert local == Price(1, 2.5, "2025-12-24", "our power bill")
    assert price_of("openai/gpt-4o-mini", table=path, environ={}).prompt == 0.15
    nowhere = {"MORES_PRICES": str(tmp_path / "nowhere")}
    assert price_of("openai/gpt-4o", table=path, environ=nowhere) == grant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[price", "not TOML"),
        ('[price."m"]\nprompt = 1\n', "price.m.completion"),
        ('[price."m"]\nprompt = -1\ncompletion = 1\nas_of = 2025-01-01\nsource = "s"', "m.prompt"),
        ('[price."m"]\nprompt = nan\ncompletion = 1\nas_of = 2025-01-01\nsource = "s"', "m.prompt"),
        ('[price."m"]\nprompt = 1\ncompletion = 1\nas_of = "soon"\nsource = "s"', "m.as_of"),
        ('[price."m"]\nprompt = 1\ncompletion = 1\nas_of = 2025-01-01\nsource = ""', "m.source"),
        (
            '[price."m"]\nprompt = 1\ncompletion = 1\nas_of = 2025-01-01\nsource = "s"\ncached = 1',
            "m.cached",
        ),
        ("prices = 1", "price"),
        ("a = " + "[" * 5000, "not TOML"),
        ('[price."m"]\nprompt = "1"\ncompletion = 1\nas_of = 2025-01-01\nsource = "s"', "'1'"),
    ],
)
def test_an_unusable_table_says_where_and_what(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelError, match=words) as caught:
        price_of("sim", table=path, environ={})
    assert str(path) in str(caught.value)
    assert "as_of (a date)" in str(caught.value)


def test_a_table_that_is_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(ModelError, match="save it as UTF-8"):
        price_of("sim", table=path, environ={})


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        price_of("sim", table=tmp_path / "none.toml", environ={})


def test_every_entry_shipped_is_usable() -> None:
    text = files("mores.models").joinpath("data/prices.toml").read_text("utf-8")
    assert "Prices change" in text
    entries = tomllib.loads(text)["price"]
    assert len(entries) > 20
    for spec, entry in entries.items():
        assert spec.partition("/")[0] in providers()
        assert 0 < entry["prompt"] < entry["completion"] < 100
        assert date(2025, 1, 1) <= entry["as_of"] <= date(2025, 12, 31)
        assert entry["source"].startswith("https://")
        assert price_of(spec, environ={}).as_of == entry["as_of"].isoformat()
