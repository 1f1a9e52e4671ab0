from types import SimpleNamespace

from mores.models.hf.memory import Footprint, free_bytes, gigabytes


def config(**more):
    shape = {
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "vocab_size": 128256,
        **more,
    }
    text = SimpleNamespace(**shape)
    return SimpleNamespace(get_text_config=lambda: text)


def test_keys_and_values_of_a_token_by_hand() -> None:
    footprint = Footprint.of(config(), 2, "cuda:0")
    assert footprint.cached == 2 * 32 * 8 * 128 * 2 == 131072
    assert footprint.device == "cuda"


def test_less_memory_smaller_batches() -> None:
    footprint = Footprint.of(config(), 2, "cuda:0")
    sizes = [footprint.tokens_at_once(gb << 30, 1000) for gb in (1, 2, 4, 40)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] == 4096
    rows = [footprint.rows_at_once(gb << 30, 1000, 1000) for gb in (1, 4, 40)]
    assert 1 <= rows[0] < rows[1] < rows[2]
    assert footprint.rows_at_once(1, 1000, 1000) == 1


def test_memory_of_this_machine() -> None:
    free = free_bytes("cpu")
    assert free is not None
    assert free > 1 << 20
    allowance = Footprint.of(config(), 4, "cpu").allowance("cpu")
    assert 0 < allowance <= 4 << 30


def test_gigabytes() -> None:
    assert gigabytes(16_060_000_000) == "16.1 GB"
