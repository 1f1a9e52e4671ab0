import asyncio
import time
import traceback
from collections.abc import Callable

import pytest
from scripted_server import (
    HASTY,
    KEY,
    Asked,
    ScriptedServer,
    asking,
    chat,
    http,
    prepared,
    request,
    told,
)

from mores.errors import ModelError
from mores.models.failures import Patience
from mores.models.interface import Capabilities
from mores.models.registry import resolve

Serve = Callable[..., ScriptedServer]
OWN = {"MORES_API_KEY": KEY}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "holds a key that is valid there"),
        (403, "may use this model"),
        (402, "check your account"),
        (404, "it lists m-large, m-small"),
    ],
)
def test_what_no_request_can_pass_is_an_error(serve: Serve, status: int, words: str) -> None:
    def script(asked: Asked) -> bytes:
        if asked.method == "GET":
            return http(200, {"data": [{"id": "m-small"}, {"id": "m-large"}, {"id": 7}, None]})
        return told(status, f"Incorrect API key provided: {KEY}")

    server = serve(script)
    with pytest.raises(ModelError, match=words) as caught:
        asking(server.spec, *(request(seed) for seed in range(10)), environ=OWN)
    assert "[key]" in str(caught.value)
    assert status == 404 or "MORES_API_KEY" in str(caught.value) or status == 402
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert [asked.method for asked in server.asked].count("GET") == (status == 404)


def test_a_missing_key_is_asked_for_by_name(serve: Serve) -> None:
    server = serve(lambda asked: told(401, "who are you"))
    with pytest.raises(ModelError, match="wants a key: who are you; put one into MORES_API_KEY"):
        prepared(server.spec)


def test_a_404_without_a_list_doubts_the_address(serve: Serve) -> None:
    server = serve(lambda asked: http(404, b"<html>not here</html>"))
    with pytest.raises(ModelError, match="usually ends in /v1"):
        prepared(server.spec)


def test_of_many_names_the_nearest_are_told(serve: Serve) -> None:
    names = [{"id": f"other-{i}"} for i in range(300)] + [{"id": "llama-3.1-8b"}]

    def script(asked: Asked) -> bytes:
        return http(200, {"data": names}) if asked.method == "GET" else told(404, "none")

    with pytest.raises(ModelError, match=r"it lists llama-3.1-8b, .* and 291 more"):
        prepared(f"{serve(script).base}#llama-3-8b")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(serve: Serve, status: int) -> None:
    elsewhere = serve(lambda asked: http(200, chat()))
    place = {"Location": f"{elsewhere.base}/chat/completions?token=SECRET"}
    server = serve(lambda asked: http(status, b"", place))
    with pytest.raises(ModelError, match="use the address of the server itself") as caught:
        asking(server.spec, environ=OWN)
    assert elsewhere.base in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert elsewhere.asked == []


def test_nothing_answers(serve: Serve) -> None:
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"nothing answers at http://127.0.0.1:1/v1 .*running\?"):
        prepared("http://127.0.0.1:1/v1#m", patience=Patience(attempts=2, wait_initial=60))
    assert time.monotonic() - began < 30
    with pytest.raises(ModelError, match="nothing answers"):
        prepared("http://no-such-host.invalid/v1#m")


def test_https_to_a_server_that_speaks_http(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat()))
    with pytest.raises(ModelError, match="nothing answers"):
        prepared(server.spec.replace("http:", "https:"), patience=Patience(connect=0.2))


def test_prepare_with_known_capabilities_asks_nothing(serve: Serve) -> None:
    server = serve(lambda asked: http(200, chat()))
    known = Capabilities(system=False, structured="none", seed=False, sampling=("top_p",))

    async def go() -> None:
        model = resolve(server.spec, environ={})
        await model.prepare(known)
        assert model.capabilities == known
        await model.prepare()
        assert server.asked == []
        await model.ask([request()])
        await model.close()

    asyncio.run(go())
    assert server.asked[0].body.keys() == {"model", "messages", "stream", "top_p"}


def test_prepare_retries_what_may_pass(serve: Serve) -> None:
    server = serve(
        lambda asked: told(500, "warming up") if asked.n < 2 else http(200, chat('{"answer": "A"}'))
    )
    assert prepared(server.spec) == Capabilities(structured="json_schema")
    assert len(server.asked) == 3


def test_prepare_gives_up(serve: Serve) -> None:
    server = serve(lambda asked: told(500, "broken"))
    with pytest.raises(ModelError, match=r"HTTP 500: broken.*OpenAI-compatible"):
        prepared(server.spec)
    assert len(server.asked) == HASTY.attempts
    server = serve(lambda asked: told(400, "m is not a chat model"))
    with pytest.raises(
        ModelError, match="refuses even a plain question: HTTP 400: m is not a chat"
    ):
        prepared(server.spec)


def test_a_reasoning_model_of_a_strict_provider(serve: Serve) -> None:
    def script(asked: Asked) -> bytes:
        for name in ("top_k", "max_tokens", "temperature", "top_p"):
            if name in asked.body:
                return told(400, f"Unsupported parameter: '{name}'", param=name)
        message = chat('{"answer": "A"}')
        message["usage"]["completion_tokens_details"] = {"reasoning_tokens": 64}
        return http(200, message)

    found = prepared(serve(script).spec)
    assert found == Capabilities(
        structured="json_schema", sampling=("max_completion_tokens",), reasoning=True
    )


def test_a_list_of_models_that_never_comes(serve: Serve) -> None:
    def script(asked: Asked) -> bytes | list[float]:
        return [30.0] if asked.method == "GET" else told(404, "no such model")

    with pytest.raises(ModelError, match=r"no such model.*check the name"):
        prepared(serve(script).spec, patience=Patience(connect=0.1))


def test_an_address_that_only_looks_like_one() -> None:
    with pytest.raises(ModelError, match="not a usable address"):
        prepared("http://\u2603..example\u2024/v1#m")
