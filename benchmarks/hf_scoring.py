"""Options scored in process: each distinct prefix run once, against what one would do without.

A Llama-shaped random model; personas of so many tokens, each asked every question. In one run, on
the same prompts:

- *one at a time*: one plain forward pass a prompt, log-softmax after its last token;
- *plain batches*: the same, so many whole prompts in a pass;
- *one at a time, last logits*: as the first, but the network is told that only the last logits count;
- *shared*: this package's scorer, the same log-probabilities of the same tokens;
- *shared, whole answers*: this package's scorer, "1" … "10" in two forms, each with its end.

The last is more work than the others do, which give "1" what belongs to "10". What scoring the
same answers would take with one plain forward pass a string is measured on a few prompts.

Limits: ≥ 5 times one at a time, ≥ 6 times plain batches, tokens run ÷ distinct tokens ≤ 1.05, and
log-probabilities equal to 1e-4 in float32. Run: python benchmarks/hf_scoring.py

On a GPU: python benchmarks/hf_scoring.py --gpu, which takes an 8 B-shaped model in bfloat16 and adds
the model FLOP utilisation: 2 FLOP a parameter and distinct token, attention and the reading of logits
left out, ÷ seconds ÷ the device's peak (--peak, in TFLOP/s).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from mores.models.hf.memory import Footprint
from mores.models.hf.prefix_tree import grow
from mores.models.hf.tree_pass import log_probabilities, plain_log_probabilities

SHAPES = {
    "70M": {
        "hidden_size": 512,
        "intermediate_size": 2048,
        "num_hidden_layers": 6,
        "num_attention_heads": 8,
        "num_key_value_heads": 8,
        "vocab_size": 50304,
    },
    "8B": {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128256,
    },
}
END = 2
TARGETS = tuple((token,) for token in range(20, 30))
"""First tokens of ten options."""
# a tokenizer that splits digits: "10" is "1", "0"; a second form has a space in front
DIGITS = [[20 + d] for d in range(1, 10)] + [[21, 20]]
WHOLE = tuple((*front, *digits, END) for front in ((), (31,)) for digits in DIGITS)


def prompts(options: argparse.Namespace, vocabulary: int) -> list[list[int]]:
    """Every persona with every question, as random tokens."""
    rng = np.random.default_rng(0)
    personas = rng.integers(100, vocabulary, (options.personas, options.persona_tokens)).tolist()
    questions = rng.integers(100, vocabulary, (options.questions, options.question_tokens)).tolist()
    return [persona + question for persona in personas for question in questions]


def at_once(
    model: LlamaForCausalLM, texts: list[list[int]], rows: int, last: bool = False
) -> np.ndarray:
    """Log-probabilities of the targets after each prompt, by plain forward passes."""
    found = []
    keep = {"logits_to_keep": 1} if last else {}
    with torch.inference_mode():
        for begin in range(0, len(texts), rows):
            ids = torch.tensor(texts[begin : begin + rows], device=model.device)
            mask = {"attention_mask": torch.ones_like(ids)} if rows > 1 else {}
            logits = model(input_ids=ids, use_cache=False, **mask, **keep).logits[:, -1]
            logs = logits.float().log_softmax(-1)
            found.append(logs[:, [t for (t,) in TARGETS]].cpu().numpy())
    return np.concatenate(found)


def best(rounds: int, *works: Callable[[], np.ndarray]) -> list[tuple[np.ndarray, float]]:
    """What each returns, and its least seconds over rounds in which all take their turn."""
    seconds = np.full((rounds, len(works)), np.inf)
    for turn in range(rounds):
        found = []
        for i, work in enumerate(works):
            began = time.perf_counter()
            found.append(work())
            seconds[turn, i] = time.perf_counter() - began
    return list(zip(found, seconds.min(axis=0), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="70M")
    parser.add_argument("--personas", type=int, default=4)
    parser.add_argument("--questions", type=int, default=35)
    parser.add_argument("--persona-tokens", type=int, default=300)
    parser.add_argument("--question-tokens", type=int, default=60)
    parser.add_argument("--rows", type=int, default=16, help="prompts in a plain batch")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chunk", type=int, help="tokens in a pass; else by memory")
    parser.add_argument("--gpu", action="store_true", help="8B, CUDA, 64 personas, batches of 64")
    parser.add_argument(
        "--peak", type=float, default=989, help="TFLOP/s of the GPU, bfloat16, dense"
    )
    options = parser.parse_args()
    if options.gpu:
        options.shape, options.device, options.personas, options.rows = "8B", "cuda", 64, 64
    dtype = torch.float32 if options.device == "cpu" else torch.bfloat16
    shape = SHAPES[options.shape]
    torch.manual_seed(0)
    with torch.device(options.device):
        torch.set_default_dtype(dtype)
        model = LlamaForCausalLM(LlamaConfig(**shape, max_position_embeddings=4096)).eval()
    torch.set_default_dtype(torch.float32)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters / 1e6:,.0f} M parameters, {dtype}, {options.device}")

    texts = prompts(options, shape["vocab_size"])
    n = len(texts)
    footprint = Footprint.of(model.config, dtype.itemsize, options.device)
    longest = options.persona_tokens + options.question_tokens + 3
    chunk = options.chunk or footprint.tokens_at_once(footprint.allowance(options.device), longest)

    def shared(answers: tuple[tuple[int, ...], ...], of: list[list[int]] = texts) -> np.ndarray:
        tree = grow(of, [answers] * len(of))
        return log_probabilities(model, tree, chunk).reshape(len(of), -1)

    at_once(model, texts[:2], 1)
    at_once(model, texts[:2], 2)
    shared(TARGETS, texts[:2])
    few = texts[:: max(1, n // 3)][:3]
    (one, one_s), (_, batched_s), (_, last_s), (ours, ours_s), (whole, whole_s) = best(
        options.rounds,
        lambda: at_once(model, texts, 1),
        lambda: at_once(model, texts, options.rows),
        lambda: at_once(model, texts, 1, last=True),
        lambda: shared(TARGETS),
        lambda: shared(WHOLE),
    )
    ((strings, strings_s),) = best(
        1, lambda: plain_log_probabilities(model, few, [WHOLE] * len(few)).reshape(len(few), -1)
    )
    strings_s *= n / len(few)

    print(
        f"{n} prompts: {options.personas} personas x {options.questions} questions, {chunk} at once"
    )
    for name, seconds in (
        ("one at a time", one_s),
        (f"plain batches of {options.rows}", batched_s),
        ("one at a time, last logits", last_s),
        ("shared", ours_s),
        ("shared, whole answers", whole_s),
        ("one forward a string (from 3 prompts)", strings_s),
    ):
        print(f"{name:40}{n / seconds:10.1f} prompts/s")
    tree = grow(texts, [TARGETS] * n)
    distinct = len({tuple(t[:i]) for t in texts for i in range(1, len(t) + 1)})
    error = max(np.abs(ours - one).max(), np.abs(whole[:: max(1, n // 3)][:3] - strings).max())
    print(
        f"shared / one at a time: {one_s / ours_s:.2f}; / plain batches: {batched_s / ours_s:.2f}; "
        f"/ last logits: {last_s / ours_s:.2f}"
    )
    print(f"whole answers / one forward a string: {strings_s / whole_s:.1f}")
    print(
        f"tokens run / distinct tokens: {tree.size / distinct:.3f}; largest difference {error:.1e}"
    )
    if options.device != "cpu":
        print(torch.cuda.get_device_name(), f"peak {options.peak:,.0f} TFLOP/s")
        body = parameters - 2 * shape["vocab_size"] * shape["hidden_size"]
        for name, tokens, seconds in (
            ("plain batches", sum(map(len, texts)), batched_s),
            ("shared", tree.size, ours_s),
            ("shared, whole answers", grow(texts, [WHOLE] * n).size, whole_s),
        ):
            rate = 2 * body * tokens / seconds / 1e12
            print(f"{name:40}{rate:8.0f} TFLOP/s, utilisation {rate / options.peak:.0%}")


if __name__ == "__main__":
    main()
