import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.models.hf.prefix_tree import grow

sequences = st.lists(st.integers(0, 3), min_size=1, max_size=5).map(tuple)
work = st.lists(
    st.tuples(sequences, st.lists(sequences, min_size=1, max_size=4).map(tuple)), max_size=6
)


def walk(tree, node):
    """Tokens from the root to a node, by the rule of ancestors alone."""
    return tuple(int(tree.tokens[j]) for j in range(node + 1) if j <= node < tree.end[j])


@settings(deadline=None)
@given(work)
def test_every_continuation_is_looked_up_along_its_own_path(given_work) -> None:
    prompts, continuations = [p for p, _ in given_work], [c for _, c in given_work]
    tree = grow(prompts, continuations)
    found: dict[int, list] = {}
    for parent, target, owner in zip(tree.parent, tree.target, tree.owner, strict=True):
        found.setdefault(int(owner), []).append((walk(tree, int(parent)), int(target)))
    flat = [(p, c) for p, several in given_work for c in several]
    assert tree.continuations == len(flat) == len(found)
    for owner, (prompt, continuation) in enumerate(flat):
        wanted = [(prompt + continuation[:i], token) for i, token in enumerate(continuation)]
        assert sorted(found[owner]) == sorted(wanted)
    assert (np.diff(tree.parent) >= 0).all()


@settings(deadline=None)
@given(work)
def test_every_distinct_prefix_is_one_node(given_work) -> None:
    # prompts that begin with one another share less: a prompt's continuations are its own
    given_work = [((9, i, *p), c) for i, (p, c) in enumerate(given_work)]
    tree = grow([p for p, _ in given_work], [c for _, c in given_work])
    runs = [p + c[:-1] for p, several in given_work for c in several]
    assert tree.size == len({run[:n] for run in runs for n in range(1, len(run) + 1)})
    assert all(len(walk(tree, i)) == tree.depth[i] + 1 for i in range(tree.size))


def test_by_hand() -> None:
    tree = grow([(5, 6), (5, 7)], [((1, 9), (1, 0, 9)), ((2,),)])
    assert tree.tokens.tolist() == [5, 6, 1, 0, 7]
    assert tree.depth.tolist() == [0, 1, 2, 3, 1]
    assert tree.end.tolist() == [5, 4, 4, 4, 5]
    assert sorted(zip(tree.parent, tree.target, tree.owner, strict=True)) == [
        (1, 1, 0),
        (1, 1, 1),
        (2, 0, 1),
        (2, 9, 0),
        (3, 9, 1),
        (4, 2, 2),
    ]


def test_personas_are_shared_over_questions() -> None:
    personas = [[1] * 300, [2] * 300]
    questions = [[3 + q] * 60 for q in range(35)]
    prompts = [p + q for p in personas for q in questions]
    tree = grow(prompts, [((90,),)] * len(prompts))
    assert tree.size == 2 * (300 + 35 * 60)


@pytest.mark.parametrize(("prompt", "continuations"), [((), ((1,),)), ((1,), ((),))])
def test_nothing_to_run(prompt, continuations) -> None:
    with pytest.raises(ValueError, match="without tokens"):
        grow([prompt], [continuations])
    assert grow([], []).size == 0
