from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from mores.prompts.letters import lettered, presentation_order


def test_unshuffled_keeps_the_instruments_order():
    assert presentation_order(6, False, "anything") == (0, 1, 2, 3, 4, 5)


def test_defect_5_unshuffling_is_right_for_every_order_not_only_involutions():
    """Peers undo a shuffle by the inverse permutation, right only for involutions."""
    labels = list("uvwxy")
    for order in permutations(range(5)):
        shown = lettered(labels, order)
        for place, (letter, label) in enumerate(shown):
            assert letter == "ABCDE"[place]
            assert labels[order[place]] == label


@given(st.integers(2, 20), st.integers())
def test_defect_11_an_order_is_reproduced_from_its_parts(n, seed):
    """Peers neither record nor reproduce randomisation."""
    assert presentation_order(n, True, seed, "x") == presentation_order(n, True, seed, "x")


def test_orders_differ_between_repeats():
    assert len({presentation_order(6, True, "d", repeat) for repeat in range(20)}) > 15
