"""The card of an export: a README made from the set and its records, with metadata for hubs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from statistics import fmean

from mores.instruments.dilemma_checks import CHECKS
from mores.instruments.dilemmas import Dilemma
from mores.instruments.schwartz import topics, values
from mores.report.dilemma_export.croissant import ExportedFile
from mores.report.dilemma_export.publication import (
    Publication,
    citation,
    licence_url,
    licences,
    set_version,
)
from mores.report.dilemma_export.tables import FlatTable, filled_tables
from mores.report.visible import visible

__all__ = ["card", "summary"]

Row = tuple[str, object]

_MARKS = re.compile(r"([\\`*_\[\]<>|#~])")


def card(
    dilemmas: Sequence[Dilemma], publication: Publication, files: Iterable[ExportedFile]
) -> str:
    """The README of an export, in Markdown.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    publication : Publication
    files : iterable of ExportedFile
        What lies beside it.

    Returns
    -------
    str
        Texts of the set are escaped; nothing in it is taken for markup.
    """
    version = set_version(dilemmas)
    listed = [(f"`{file.name}`", file.description) for file in files]
    parts = [
        _front_matter(dilemmas, publication),
        f"# {_text(publication.name)}",
        summary(dilemmas),
        f"Version {version}: the version of the schema, then a fingerprint of the content.",
        "## In numbers",
        _table(("", ""), _composition(dilemmas)),
        "## How it was validated",
        _validation(dilemmas),
        "## Files",
        _table(
            ("file", "what it holds"), [*listed, ("`croissant.json`", "Croissant 1.0 metadata.")]
        ),
        "The actions `a-…` are aligned with the value, `b-…` opposed to it; each is strong, moderate "
        "or mild. A cell is missing where nothing is recorded.",
        *map(_columns, filled_tables(dilemmas)),
        "## Loading",
        _LOADING,
        "## Licence",
        _terms(dilemmas),
        "## Citation",
        _text(citation(publication, version)),
    ]
    return "\n\n".join(parts) + "\n"


def summary(dilemmas: Sequence[Dilemma]) -> str:
    """What the set is and who validated it, in a few sentences."""
    n_values = len({d.value for d in dilemmas})
    n_topics = len({d.topic for d in dilemmas})
    return (
        f"{_count(len(dilemmas), 'value dilemma')} on {_count(n_values, 'value')} in "
        f"{_count(n_topics, 'topic')}. Each is a situation in the second person and six first-person "
        "actions, from strongly aligned with the value to strongly opposed to it. "
        f"{_by_humans(dilemmas)}"
    )


def _by_humans(dilemmas: Sequence[Dilemma]) -> str:
    checked = sum(d.validation is not None and d.validation.human for d in dilemmas)
    if checked:
        return f"By their records, a human checked {checked:,} of {len(dilemmas):,}."
    return "No human has validated them, as far as their records say."


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _front_matter(dilemmas: Sequence[Dilemma], publication: Publication) -> str:
    """What hubs read: the terms, and which file is which table."""
    lines = [f"pretty_name: {json.dumps(publication.name, ensure_ascii=True)}"]
    terms = licences(dilemmas)
    if terms:
        known = len(terms) == 1 and licence_url(terms[0]) and all(d.licence for d in dilemmas)
        lines.append(f"license: {terms[0].strip().casefold() if known else 'other'}")
    lines.append("configs:")
    for table in filled_tables(dilemmas):
        lines += [f"- config_name: {table.name}", f"  data_files: {table.name}.parquet"]
    return "\n".join(["---", *lines, "---"])


def _composition(dilemmas: Sequence[Dilemma]) -> list[Row]:
    survey = {d.value for d in dilemmas} & set(values())
    own = len({d.value for d in dilemmas}) - len(survey)
    known = {d.topic for d in dilemmas} & set(topics())
    other = len({d.topic for d in dilemmas}) - len(known)
    scenarios = [len(d.scenario_text.split()) for d in dilemmas]
    actions = [len(text.split()) for d in dilemmas for text in d.action_texts]
    sources = list(dict.fromkeys(d.source for d in dilemmas if d.source))
    return [
        ("dilemmas", f"{len(dilemmas):,}"),
        ("Schwartz values", f"{len(survey)} of {len(values())}"),
        *([("other values", own)] if own else []),
        ("topics of the value–action study", f"{len(known)} of {len(topics())}"),
        *([("other topics", other)] if other else []),
        ("pairs of a value and a topic", f"{len({(d.value, d.topic) for d in dilemmas}):,}"),
        ("different settings", f"{len({d.setting for d in dilemmas if d.setting}):,}"),
        ("words of a scenario, mean (range)", _range(scenarios)),
        ("words of an action, mean (range)", _range(actions)),
        ("without a presumption about the person", sum(not d.presumes for d in dilemmas)),
        ("source", _first(sources) or "not given"),
    ]


def _range(counts: Sequence[int]) -> str:
    return f"{fmean(counts):.0f} ({min(counts)} … {max(counts)})"


def _validation(dilemmas: Sequence[Dilemma]) -> str:
    records = [d.validation for d in dilemmas if d.validation is not None]
    if not records:
        return "No dilemma has a record of checks. Nothing is known of their validity."
    n = len(dilemmas)
    last = [d.current_readings[-1] for d in dilemmas if d.current_readings]
    sides = sum(reading.polarity_recovered for reading in last)
    orders = sum(reading.order_recovered for reading in last)
    readers = list(dict.fromkeys(reading.reader for reading in last))
    summed = sum(record.blind_summary is not None for record in records)
    rows: list[Row] = [
        ("with a record of checks", _share(len(records), n)),
        *(
            (f"passed {name}", _share(sum(getattr(r, name).passed for r in records), len(records)))
            for name in CHECKS
        ),
        ("passed all four", _share(sum(record.passed for record in records), len(records))),
        ("checked by a human", _share(sum(record.human for record in records), n)),
        ("with a blind reading of the text as it stands", _share(len(last), n)),
        ("actions put on their side by the last of these", _share(sides, 6 * len(last))),
        ("dilemmas whose order of six it recovered", _share(orders, len(last))),
        ("rewritten after a reading or a check", _share(sum(r.rewrites > 0 for r in records), n)),
    ]
    if summed:
        rows.append(("with no more than a summary of readings", _share(summed, n)))
    told = [
        "Four checks: *correctness*, *harmlessness*, *sufficiency*, *plausibility*. A blind reader sees "
        "the situation, the value and the six actions, shuffled and without labels, and puts each in "
        "its place. " + _by_humans(dilemmas),
        _table(("", ""), rows),
    ]
    if readers:
        told.append(f"Blind readers: {_first(readers)}.")
        told.append(
            "Texts may have been rewritten where a reading found fault, so these shares tell that "
            "repairs ended more than how a fresh reader would do; `readings.parquet` keeps every "
            "reading that is recorded."
        )
    return "\n\n".join(told)


def _share(count: int, n: int) -> str:
    return f"{count:,} of {n:,} ({count / n:.1%})" if n else f"{count:,} of {n:,}"


def _first(texts: Sequence[str], most: int = 5) -> str:
    shown = "; ".join(map(_text, texts[:most]))
    return f"{shown}; and {len(texts) - most} more" if len(texts) > most else shown


def _terms(dilemmas: Sequence[Dilemma]) -> str:
    terms = licences(dilemmas)
    if not terms:
        return "The dilemmas name no licence: ask whoever wrote them."
    told = [
        f"- {_text(licence)}{f': <{url}>' if (url := licence_url(licence)) else ''}"
        for licence in terms
    ]
    without = sum(not d.licence for d in dilemmas)
    if without:
        told.append(f"- {_count(without, 'dilemma')} without a licence: ask whoever wrote them")
    return "\n".join(told)


def _columns(table: FlatTable) -> str:
    rows = [(f"`{c.name}`", c.kind, _text(c.description)) for c in table.columns]
    return f"### {table.name}.parquet\n\n{table.description}\n\n" + _table(
        ("column", "cells", "meaning"), rows
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _text(text: str) -> str:
    """A text of the set on one line, nothing in it taken for markup."""
    return _MARKS.sub(r"\\\1", visible(" ".join(text.split()), breaks=False))


_LOADING = """In this folder:

```python
import polars as pl
dilemmas = pl.read_parquet("dilemmas.parquet")
```

```python
import pandas as pd  # with pyarrow
dilemmas = pd.read_parquet("dilemmas.parquet")
```

```python
from datasets import load_dataset  # Hugging Face
dilemmas = load_dataset("/path/of/this/folder", "dilemmas", split="train")  # or "actions", …
lines = load_dataset("json", data_files="dilemmas.jsonl", split="train")
```

```python
import mlcroissant as mlc  # with mlcroissant[parquet]
records = mlc.Dataset(jsonld="croissant.json").records("dilemmas")
```

The lines of `dilemmas.jsonl` are read by `mores` itself too: `mores dilemmas check dilemmas.jsonl`."""
