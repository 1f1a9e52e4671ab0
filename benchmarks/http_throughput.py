"""Requests a second against a local server with 50 ms replies and 100 connections.

The ideal is connections / latency = 2,000 requests a second. Compared are: this package's whole path
(plan, render, send, code, store durably), a bare loop over the same client library, a bare loop over
httpx2, and QSTN where it is installed. Run: python benchmarks/http_throughput.py
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DELAY, CONNECTIONS = 0.05, 100
IDEAL = CONNECTIONS / DELAY


def server() -> tuple[subprocess.Popen[str], int]:
    command = [
        sys.executable,
        str(ROOT / "tests/chat_server.py"),
        "--port",
        "0",
        "--delay",
        str(DELAY),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, int(process.stdout.readline().split()[-1])


def prompts(n: int) -> list[list[dict[str, str]]]:
    """The study's own prompts, so that everybody sends the same bytes."""
    from mores.models.registry import resolve
    from mores.studies.registry import load

    design = load("value-action").design(resolve("sim"))
    trials = [int(t) for block in design.blocks(n) for t in block][:n]
    return [
        [{"role": m.role, "content": m.content} for m in design.request(t, 0).messages]
        for t in trials
    ]


def mores_rate(port: int, n: int) -> float:
    from mores.fieldwork.asking import Asking, ask_all
    from mores.fieldwork.store import AnswerStore
    from mores.models.registry import resolve
    from mores.studies.registry import load

    async def go() -> float:
        study = load("value-action")
        model = resolve(f"http://127.0.0.1:{port}/v1#test", concurrency=CONNECTIONS)
        await model.prepare()
        design = study.design(model)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answers.sqlite"
            with AnswerStore(path, study.fingerprint()) as store:
                began = time.perf_counter()
                _, tally = await ask_all(design, model, store, Asking(concurrency=CONNECTIONS))
                took = time.perf_counter() - began
                assert tally.coded == design.selected, tally
        await model.close()
        return float(tally.requests / took)

    return asyncio.run(go())


def bare_rate(kind: str, port: int, bodies: list[bytes]) -> float:
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    headers = {"content-type": "application/json"}

    async def go() -> float:
        if kind == "aiohttp":
            import aiohttp

            client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))

            async def ask(body: bytes) -> bytes:
                async with client.post(url, data=body, headers=headers) as response:
                    return await response.read()

            close = client.close
        else:
            import httpx2

            limits = httpx2.Limits(
                max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS
            )
            other = httpx2.AsyncClient(limits=limits, timeout=60)

            async def ask(body: bytes) -> bytes:
                return (await other.post(url, content=body, headers=headers)).content

            close = other.aclose
        following = iter(bodies)

        async def work() -> None:
            for body in following:
                json.loads(await ask(body))

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        took = time.perf_counter() - began
        await close()
        return len(bodies) / took

    return asyncio.run(go())


QSTN = r"""
import json, sys, time
from openai import AsyncOpenAI
from qstn.inference import batch_generation

port, path = sys.argv[1], sys.argv[2]
prompts = json.load(open(path))
client = AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none")
began = time.perf_counter()
batch_generation(
    client,
    system_messages=[p[0]["content"] for p in prompts],
    prompts=[p[1]["content"] for p in prompts],
    client_model_name="test",
    api_concurrency=100,
    print_progress=False,
)
print(len(prompts) / (time.perf_counter() - began))
"""


def qstn_rate(python: str, port: int, messages: list[list[dict[str, str]]]) -> float | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prompts.json"
        path.write_text(json.dumps(messages))
        command = [python, "-c", QSTN, str(port), str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"QSTN could not be run: {done.stderr.strip().splitlines()[-1]}")
        return None
    return float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=8000, help="for the bare loops")
    parser.add_argument("--qstn-python", help="a Python >= 3.12 in which QSTN is installed")
    options = parser.parse_args()
    process, port = server()
    try:
        messages = prompts(options.requests)
        bodies = [
            json.dumps({"model": "test", "messages": m, "seed": i}).encode()
            for i, m in enumerate(messages)
        ]
        rates = {"mores, stored and coded": mores_rate(port, options.requests)}
        rates["aiohttp, bare loop"] = bare_rate("aiohttp", port, bodies)
        if find_spec("httpx2"):
            rates["httpx2, bare loop"] = bare_rate("httpx2", port, bodies)
        if options.qstn_python:
            found = qstn_rate(options.qstn_python, port, messages[:2000])
            if found:
                rates["QSTN"] = found
    finally:
        process.terminate()
    ours = rates["mores, stored and coded"]
    print(f"ideal: {IDEAL:,.0f}/s ({CONNECTIONS} connections, {DELAY * 1000:.0f} ms a reply)")
    for name, rate in rates.items():
        print(
            f"{name:28} {rate:8,.0f}/s  {rate / IDEAL:6.1%} of ideal  mores/this = {ours / rate:.2f}"
        )


if __name__ == "__main__":
    main()
