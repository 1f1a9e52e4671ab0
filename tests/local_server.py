"""An OpenAI-compatible chat server over a small transformer, and a way to teach one its answers.

It uses transformers alone, so that what is asked of it through HTTP can be compared with what this
package computes of the same model in process::

    with local_server.serving(folder, begun="continue", prompts=True) as server:
        resolve(server.spec)

It can be told to behave like the servers in use: how many log-probabilities it gives, whether and how
it continues a begun answer, whether it tells the log-probabilities of a prompt's own tokens, how it
shows special tokens, and which fields it refuses.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

LONGEST = 8
"""Tokens of an answer at most, whatever is asked for: models so small seldom end by themselves."""

_STEPS, _RATE = 120, 0.03


class Refused(Exception):
    """Answered with status 400."""


@dataclass
class LocalServer:
    """The server's behaviour, and what it was asked.

    Attributes
    ----------
    folder : Path
        Directory of a model with a chat template.
    top : int
        Most log-probabilities a token; more are refused. 0 refuses log-probabilities.
    begun : {'continue', 'trailing', 'restart'}
        A begun answer is continued if ``continue_final_message`` says so, whenever the assistant
        spoke last, or never: a new answer is begun.
    prompts : bool
        Tells the log-probabilities of a prompt's own tokens.
    special : bool
        Shows special tokens by their names; else as empty texts.
    refuses : tuple of str
        Fields that it does not take.
    asked : list of dict
        The payloads, in order.
    """

    folder: Path
    top: int = 20
    begun: str = "continue"
    prompts: bool = False
    special: bool = True
    refuses: tuple[str, ...] = ()
    asked: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        import transformers

        self.lock = threading.Lock()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(self.folder).float().eval()
        vocabulary = self.tokenizer.get_vocab()
        self.stops = {self.tokenizer.eos_token_id}
        self.stops |= {vocabulary[name] for name in ("<|im_end|>",) if name in vocabulary}

    @property
    def spec(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1#tiny"

    def answer(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The body of a reply."""
        self.asked.append(sent)
        self._check(sent)
        with self.lock:
            return self._completion(sent)

    def _check(self, sent: Mapping[str, Any]) -> None:
        for name in self.refuses:
            if name in sent:
                raise Refused(f"Unrecognized request argument supplied: {name}")
        if sent.get("add_generation_prompt", True) and sent.get("continue_final_message"):
            raise Refused("Cannot set both `continue_final_message` and `add_generation_prompt`")
        if sent.get("logprobs") and sent.get("top_logprobs", 0) > self.top:
            raise Refused(f"top_logprobs must be at most {self.top}")

    def _prompt(self, sent: Mapping[str, Any]) -> str:
        messages = sent["messages"]
        switches = sent.get("chat_template_kwargs") or {}
        opens = sent.get("add_generation_prompt", True)
        if messages[-1]["role"] == "assistant" and self.begun != "restart":
            asked_to = self.begun == "continue" and sent.get("continue_final_message")
            if asked_to or (self.begun == "trailing" and opens):
                return self._rendered(messages[:-1], True, switches) + messages[-1]["content"]
        return self._rendered(messages, opens or self.begun == "restart", switches)

    def _rendered(self, messages: Any, opens: bool, switches: Mapping[str, Any]) -> str:
        return self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=opens, **switches
        )

    def _logs(self, ids: Sequence[int]) -> Any:
        """Log-probabilities after each token, shape (tokens, vocabulary)."""
        import torch

        with torch.inference_mode():
            return self.model(torch.tensor([list(ids)])).logits[0].float().log_softmax(-1)

    def _completion(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        import torch

        ids = self.tokenizer(self._prompt(sent), add_special_tokens=False)["input_ids"]
        limit = min(LONGEST, sent.get("max_tokens") or sent.get("max_completion_tokens") or LONGEST)
        draws = torch.Generator().manual_seed(int(sent.get("seed") or 0) % 2**63)
        temperature = sent.get("temperature", 1.0)
        written: list[int] = []
        shown: list[dict[str, Any]] = []
        finish = "length"
        for _ in range(limit):
            logs = self._logs([*ids, *written])[-1]
            if temperature:
                weights = (logs / temperature).softmax(-1)
                token = int(torch.multinomial(weights, 1, generator=draws))
            else:
                token = int(logs.argmax())
            shown.append(self._shown(logs, token, sent.get("top_logprobs", 0)))
            if token in self.stops:
                finish = "stop"
                break
            written.append(token)
        text = self.tokenizer.decode(written, skip_special_tokens=True)
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish}
        if sent.get("logprobs"):
            choice["logprobs"] = {"content": shown}
        usage = {"prompt_tokens": len(ids), "completion_tokens": len(shown)}
        body = {"model": "tiny", "choices": [{"index": 0, **choice}], "usage": usage}
        if self.prompts and sent.get("prompt_logprobs") is not None:
            body["prompt_logprobs"] = self._of_prompt(ids)
        return body

    def _text(self, token: int) -> str:
        if not self.special and token in self.tokenizer.all_special_ids:
            return ""
        return str(self.tokenizer.decode([token]))

    def _shown(self, logs: Any, token: int, top: int) -> dict[str, Any]:
        best = logs.topk(top)
        return {
            "token": self._text(token),
            "logprob": float(logs[token]),
            "top_logprobs": [
                {"token": self._text(int(i)), "logprob": float(value)}
                for value, i in zip(best.values, best.indices, strict=True)
            ],
        }

    def _of_prompt(self, ids: Sequence[int]) -> list[dict[str, Any] | None]:
        logs = self._logs(ids)
        told: list[dict[str, Any] | None] = [None]
        for n, token in enumerate(ids[1:]):
            entry = {"logprob": float(logs[n, token]), "decoded_token": self._text(token)}
            told.append({str(token): entry})
        return told


@contextmanager
def serving(folder: Path, **behaviour: Any) -> Iterator[LocalServer]:
    """A server that runs until the block ends; arguments as of `LocalServer`."""
    local = LocalServer(folder, **behaviour)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def log_message(self, *args: object) -> None: ...

        def do_GET(self) -> None:
            self.reply(200, {"data": [{"id": "tiny", "max_model_len": 1024}]})

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.reply(200, local.answer(sent))
            except Refused as refusal:
                self.reply(400, {"error": {"message": str(refusal)}})
            except Exception as error:  # a test wants to see it
                self.reply(422, {"error": {"message": f"{type(error).__name__}: {error}"}})

        def reply(self, status: int, body: object) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    local.port = server.server_address[1]
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield local
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def teach(
    folder: Path,
    out: Path,
    answers: Sequence[tuple[Sequence[Mapping[str, str]], Mapping[str, float]]],
    switches: Mapping[str, Any] | None = None,
    unswitched: str = "",
) -> Path:
    """A copy of a model that answers given messages with given texts in given shares, and ends.

    With switches it does so where the template's variables are set to them; else it says
    `unswitched`, and ends.
    """
    import torch
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).float()
    rows, weights, begins = [], [], []
    wanted = [(messages, shares, switches or {}) for messages, shares in answers]
    if switches:
        wanted += [(messages, {unswitched: 1.0}, {}) for messages, _ in answers]
    for messages, shares, set_to in wanted:
        prompt = words.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True, **set_to
        )
        for text, share in shares.items():
            ids = words(f"{prompt}{text}<|im_end|>", add_special_tokens=False)["input_ids"]
            rows.append(ids)
            weights.append(share)
            begins.append(len(words(prompt, add_special_tokens=False)["input_ids"]))
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])
    weight = torch.zeros(len(rows), longest)
    for i, row in enumerate(rows):
        weight[i, begins[i] : len(row)] = weights[i]
    torch.manual_seed(3)
    optimiser = torch.optim.Adam(model.parameters(), lr=_RATE)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, _STEPS)
    for _ in range(_STEPS):
        logits = model(ids).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), ids[:, 1:], reduction="none"
        )
        optimiser.zero_grad()
        (loss * weight[:, 1:]).sum().backward()
        optimiser.step()
        slower.step()
    model.save_pretrained(out)
    words.save_pretrained(out)
    return out
