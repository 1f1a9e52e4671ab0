"""Tiny random causal language models with tokenizers of their own, as directories on disk."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a test never asks the network

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINKING = CHATML.replace(
    "<|im_start|>assistant\n{% endif %}",
    "<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}",
)
OPENED = CHATML.replace(
    "<|im_start|>assistant\n{% endif %}", "<|im_start|>assistant\n<think>\n{% endif %}"
)
OPENED_UNLESS = THINKING.replace(
    "{% endif %}{% endif %}", "{% else %}<think>\n{% endif %}{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}" + CHATML
)
TEMPLATES = {
    "chatml": CHATML,
    "thinking": THINKING,
    "opened": OPENED,
    "opened-unless": OPENED_UNLESS,
    "no-system": NO_SYSTEM,
    "none": None,
}
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
CORPUS = [
    "How important is it in your life? 1 2 3 4 5 6 7 8 9 10 10 10 10 10",
    "You are a person of 45 years who lives in a town and is very happy.",
    "Answer with a number from 1 to 10 and nothing else. A B C D E F\n\nAnswer: 10",
    "10\n10\n10\n10\n10\n10\n10\n10",
    "system user assistant justifiable religion family neighbours trust most people",
] * 8


def tokenizer(splits_digits: bool, template: str | None):
    """A byte-level BPE tokenizer that holds "10" as one token, or splits every digit."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    split = [pre_tokenizers.Digits(individual_digits=True)] if splits_digits else []
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [*split, pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=SPECIAL[0])
    fast.add_special_tokens({"additional_special_tokens": SPECIAL[1:3]})
    fast.chat_template = template
    return fast


def save(
    folder: Path,
    splits_digits: bool = False,
    template: str = "chatml",
    kind: str = "mha",
    sharpness: float = 4.0,
    context: int = 1024,
) -> Path:
    """Write a model of 30,000 random parameters, which answers differently to different prompts."""
    import torch
    import transformers

    words = tokenizer(splits_digits, TEMPLATES[template])
    shape = {
        "vocab_size": len(words),
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": context,
        "bos_token_id": None,
        "eos_token_id": 0,
        "pad_token_id": None,
    }
    torch.manual_seed(7)
    if kind == "gqa":
        config = transformers.LlamaConfig(**shape, num_key_value_heads=2)
    elif kind == "window":
        config = transformers.MistralConfig(**shape, num_key_value_heads=2, sliding_window=12)
    elif kind == "mixed-window":
        config = transformers.Gemma3TextConfig(
            **shape, num_key_value_heads=2, head_dim=8, sliding_window=12
        )
        config.layer_types = ["sliding_attention", "full_attention"]
    elif kind == "alibi":
        config = transformers.BloomConfig(
            vocab_size=len(words), hidden_size=32, n_layer=2, n_head=4, eos_token_id=0
        )
    else:
        config = transformers.LlamaConfig(**shape)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(sharpness)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save_pretrained(folder)
        words.save_pretrained(folder)
    return folder
