"""A prompt as a text with gaps, where its template does nothing but put values into gaps.

Rendering by Jinja takes far longer than filling in gaps. Whether a template allows for it is seen from
its syntax: a value that is filled in may be printed, alone, and neither tested nor changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from mores.errors import PromptError
from mores.prompts.letters import LETTERS

if TYPE_CHECKING:
    import jinja2

    from mores.prompts.templates import TemplateSet

__all__ = ["Skeleton", "skeleton"]

_OPEN, _CLOSE = "\ue000", "\ue001"
_DEEPEST = 20
"""Templates within each other."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A text with gaps.

    Attributes
    ----------
    texts : tuple of str
        What stands before, between and behind the gaps: one more than these; the first and the last
        are not empty.
    gaps : tuple of int
        What fills each gap, as an index of the values that it is filled from.
    """

    texts: tuple[str, ...]
    gaps: tuple[int, ...]

    def filler(
        self, write: Callable[[str], str] = str, *, first: bool = True
    ) -> Callable[[tuple[str, ...]], str]:
        """What fills the gaps from values, the texts themselves being written in some way first.

        `first` says whether the text before the first gap is part of what it returns.
        """
        texts = self.texts if first else ("", *self.texts[1:])
        form = "%s".join(write(text).replace("%", "%%") for text in texts)
        if self.gaps == tuple(range(len(self.gaps))):
            n = len(self.gaps)
            return lambda values: form % values[:n]
        chosen = itemgetter(*self.gaps, self.gaps[0])
        return lambda values: form % chosen(values)[:-1]


def skeleton(
    templates: TemplateSet,
    name: str,
    known: Mapping[str, object],
    wanted: Sequence[str],
    n_options: int,
) -> Skeleton | None:
    """What a template makes of what is known, with gaps for the rest.

    Parameters
    ----------
    templates : TemplateSet
    name : str
        Of the template.
    known : mapping
        What it is given, the values apart that are filled in.
    wanted : sequence of str
        Names of the values that are filled in.
    n_options : int
        How many ``options`` there are besides: pairs of letter and label, whose labels, in the order
        shown, come behind the other values.

    Returns
    -------
    Skeleton or None
        None where the template does more with a value than print it, or begins or ends with one.

    Raises
    ------
    PromptError
        If it cannot be rendered.
    """
    if any(_OPEN in str(value) for value in known.values()):
        return None
    marks = [f"{_OPEN}{n}{_CLOSE}" for n in range(len(wanted) + n_options)]
    reader = _Reader(templates, frozenset(known))
    if not reader.prints(name, frozenset(wanted)):
        return None
    labels = marks[len(wanted) :]
    context = {
        **known,
        **dict(zip(wanted, marks, strict=False)),
        "options": list(zip(LETTERS, labels, strict=False)),
    }
    first, *rest = templates.render(name, context).split(_OPEN)
    pairs = [part.partition(_CLOSE) for part in rest]
    texts = (first, *(text for _, _, text in pairs))
    if not pairs or not texts[0] or not texts[-1]:
        return None  # line breaks at the ends, which rendering takes away, could be a value's
    return Skeleton(texts, tuple(int(number) for number, _, _ in pairs))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the syntax of templates that are given some names for what they like."""

    templates: TemplateSet
    known: frozenset[str]

    def prints(self, name: str, wanted: frozenset[str], depth: int = 0) -> bool:
        """Whether a template does nothing with the wanted names but print them."""
        try:
            tree = self.templates.syntax(name)
        except PromptError:
            return False  # rendering tells what is wrong with it
        return depth < _DEEPEST and self._all(tree.body, wanted, depth)

    def _all(self, found: Sequence[jinja2.nodes.Node], wanted: frozenset[str], depth: int) -> bool:
        return all(self._one(node, wanted, depth) for node in found)

    def _one(self, node: Any, wanted: frozenset[str], depth: int) -> bool:
        from jinja2 import nodes

        if isinstance(node, nodes.Output):
            return all(self._printed(part, wanted) for part in node.nodes)
        if isinstance(node, nodes.If):
            branches = [*node.body, *node.elif_, *node.else_]
            return self._test(node.test, wanted) and self._all(branches, wanted, depth)
        if isinstance(node, nodes.Include):
            found = node.template
            if not isinstance(found, nodes.Const) or not isinstance(found.value, str):
                return False
            plain = node.with_context and not node.ignore_missing
            return plain and self.prints(found.value, wanted, depth + 1)
        if isinstance(node, nodes.For):
            return self._loop(node, wanted, depth)
        return False

    def _printed(self, node: Any, wanted: frozenset[str]) -> bool:
        from jinja2 import nodes

        if isinstance(node, nodes.TemplateData):
            return _OPEN not in node.data
        return isinstance(node, nodes.Name) and node.name in self.known | wanted

    def _test(self, node: Any, wanted: frozenset[str]) -> bool:
        from jinja2 import nodes

        if isinstance(node, nodes.Not):
            return self._test(node.node, wanted)
        if isinstance(node, nodes.And | nodes.Or):
            return self._test(node.left, wanted) and self._test(node.right, wanted)
        return isinstance(node, nodes.Name) and node.name in self.known - wanted

    def _loop(self, node: Any, wanted: frozenset[str], depth: int) -> bool:
        """Whether a loop goes over the options, and prints letters and labels."""
        from jinja2 import nodes

        over = isinstance(node.iter, nodes.Name) and node.iter.name == "options"
        if not over or node.test or node.recursive or node.else_:
            return False
        if not isinstance(node.target, nodes.Tuple) or len(node.target.items) != 2:
            return False
        targets = {item.name for item in node.target.items if isinstance(item, nodes.Name)}
        own = len(targets) == 2 and not targets & (self.known | wanted | {"options", "loop"})
        return own and self._all(node.body, wanted | targets, depth)
