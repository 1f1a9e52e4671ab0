"""Write those parts of the documentation that follow from the code.

A generated part stands in a page between ``<!-- generated: NAME -->`` and ``<!-- end: NAME -->``, so
that a page reads the same here, in a repository and when built. ::

    python docs/generate.py            write all parts
    python docs/generate.py --check    write nothing; say which parts are stale, and end with 1
    python docs/generate.py --run      also run the study, and renew the outputs and the picture

`tests/test_docs.py` holds the parts to the code.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

DOCS = Path(__file__).resolve().parent
MARK = re.compile(r"<!-- generated: (?P<name>[\w-]+) -->\n.*?<!-- end: (?P=name) -->", re.DOTALL)

PARTS: dict[str, Callable[[], str]] = {}


def _register() -> None:
    from parts import capacity, commands, dilemmas, modules, people, study_files, tables, units

    for module in (commands, study_files, tables, people, dilemmas, units, modules, capacity):
        for part in module.PARTS:
            PARTS[part.__name__.replace("_", "-")] = part


def pages() -> Iterator[Path]:
    """All pages that may hold generated parts."""
    yield from (p for p in sorted(DOCS.rglob("*.md")) if "_build" not in p.parts)


def renewed(text: str, page: Path, made: dict[str, str], used: Counter[str]) -> str:
    """A page's text with its generated parts made anew."""

    def one(match: re.Match[str]) -> str:
        name = match["name"]
        if name.startswith("run-"):
            return match[0]
        if name not in PARTS:
            raise SystemExit(f"{page.name}: there is no part {name!r}; known: {', '.join(PARTS)}")
        if name not in made:
            made[name] = PARTS[name]()
        used[name] += 1
        return f"<!-- generated: {name} -->\n\n{made[name]}\n\n<!-- end: {name} -->"

    return MARK.sub(one, text)


def stale_pages(write: bool) -> list[str]:
    """Pages whose generated parts are not what the code says; rewritten if asked."""
    sys.path.insert(0, str(DOCS))
    _register()
    made: dict[str, str] = {}
    used: Counter[str] = Counter()
    stale = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        new = renewed(text, page, made, used)
        if new != text:
            stale.append(str(page.relative_to(DOCS)))
            if write:
                page.write_text(new, encoding="utf-8")
    if unused := PARTS.keys() - used.keys():
        raise SystemExit(f"no page holds the parts {', '.join(sorted(unused))}")
    return stale


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing, end with 1 if stale")
    parser.add_argument(
        "--run", action="store_true", help="also renew outputs and picture of a run"
    )
    options = parser.parse_args()
    stale = stale_pages(write=not options.check)
    for page in stale:
        print(f"{'stale' if options.check else 'renewed'}: {page}")
    if options.run:
        from parts import outputs

        outputs.renew(DOCS)
    return int(options.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
