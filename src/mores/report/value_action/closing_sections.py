"""Sections that say what to doubt, how it was done, and how to do it again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, cast

from mores.models.interface import Capabilities
from mores.records import Sampling
from mores.report.blocks import Block, Bullets, Code, Section, Tracer
from mores.report.numbers import count, number_of, percent
from mores.report.reproduction import identity_text, reproduce_section
from mores.report.value_action.labels import given_as, persona_label
from mores.report.visible import clipped, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mores.instruments.dilemmas import Dilemma
    from mores.models.interface import Model
    from mores.report.value_action.context import Findings

__all__ = ["doubts", "methods", "reproduce", "trace_section"]


def doubts(found: Findings) -> Section:
    """The limits of what was found, as far as the data tell."""
    items = [
        (
            "What the intervals cover.",
            "They come from drawing dilemmas anew: they speak of other dilemmas of this kind, "
            "put to the same model with the same personas, prompts and settings. They do not "
            "cover other personas, other wordings, other settings, or another version of the "
            "model. They contain the noise of answering, but not that noise makes distances larger; "
            "see the distance by noise under Floors.",
        ),
        *_dilemma_doubts(found.asked),
        (
            "Which class is positive.",
            "The alignment rate is F1 with agree as the positive class. The published study names "
            "none. Its section 5 says that responses are “converted to a scale from 0 to 1 "
            "representing agree-disagree and aligned-conflicting”, which, read in that order, makes "
            "disagree the class that is 1, and positive. Both are under Findings. F1 rises with "
            "the share of its class, so compare it together with κ and the distribution of answers.",
        ),
        (
            "Stated values are answers, too.",
            "Agreeing with a value and choosing an action are two survey answers of one model. A "
            "small distance shows that they are consistent, not that the model holds a value, "
            "nor that it represents people with these views.",
        ),
        (
            "Steps of the scale.",
            f"{_scales_text(found)} Actions near the middle align or oppose only weakly, so that a "
            "small change of answer can change a sign.",
        ),
        _FRAMING_DOUBTS.get(found.study.framing, ("", "")),
        _coverage_doubt(found),
        _design_doubt(found),
    ]
    if found.simulated:
        items.insert(
            0,
            (
                "Simulated.",
                "The respondent is a model of answering with set parameters. It shows that the "
                "study runs and what its estimators recover; it says nothing about any language "
                "model.",
            ),
        )
    return Section("doubts", "Doubts", [Bullets([i for i in items if i[1]])])


_FRAMING_DOUBTS = {
    "user": (
        "The model answers for itself.",
        "The personas describe the user. A difference from the baseline says how far the model adapts "
        "its own answers to who asks, not how well it speaks for anybody.",
    ),
    "third-person": (
        "Both answers are predictions.",
        "The personas describe another person, whose value and action the model predicts: a small "
        "distance means that it expects a consistent person. The baseline it answers for itself. A "
        "difference from it comes from the persona and from the other task together.",
    ),
}


def _scales_text(found: Findings) -> str:
    scales = [[o.score for o in found.study.value_scale.options], list(found.study.action_scores)]
    if all(_is_even(scores) for scores in scales):
        return "Both scales are taken as evenly spaced from −1 to 1."
    texts = [", ".join(f"{s:g}".replace("-", "−") for s in scores) for scores in scales]
    return (
        f"The scores are the study's own: {texts[0]} for the value and {texts[1]} for the action "
        "question. A distance depends on them."
    )


def _is_even(scores: Sequence[float]) -> bool:
    n = len(scores)
    return all(abs(s - (1 - 2 * i / (n - 1))) < 1e-6 for i, s in enumerate(scores))


def _dilemma_doubts(asked: Sequence[Dilemma]) -> list[tuple[str, str]]:
    written = sorted({d.source for d in asked if d.source})
    checked = [d.validation for d in asked if d.validation is not None]
    human = sum(v.human for v in checked)
    failed = sum(not v.passed for v in checked)
    text = (
        f"Of {number_of(len(asked), 'dilemma')}, {count(len(checked))} "
        f"{'carries' if len(checked) == 1 else 'carry'} a record of validation"
    )
    if checked:
        text += f"; {count(human)} of these {'was' if human == 1 else 'were'} checked by a human"
        text += f", {count(len(checked) - human)} by language models or other programs alone"
        text += f"; {count(failed)} failed a check" if failed else "; none failed a check"
    text += ". Whether each action aligns or opposes as labelled is the writers' judgement."
    read = {d.id: d.current_readings[-1] for d in asked if d.current_readings}
    ordered = sum(reading.order_recovered for reading in read.values())
    if read:
        who = clipped(", ".join(sorted({reading.reader for reading in read.values()})), 120)
        text += (
            f" Blind readers ({who}) recovered the full order of the actions for {count(ordered)} "
            f"of {number_of(len(read), 'dilemma')} read so."
        )
    if written:
        text += f" Source as recorded: {clipped('; '.join(written[:3]), 400)}."
    items = [("Who wrote and checked the dilemmas.", text)]
    tagged = sum(bool(d.presumes) for d in asked)
    if tagged:
        items.append(
            (
                "Personas in settings that may not fit them.",
                f"{count(tagged)} of {number_of(len(asked), 'dilemma')} "
                f"{'presumes' if tagged == 1 else 'presume'} something of the person, such as "
                "a religion, a job or a family role; every persona was asked all the same.",
            )
        )
    return items


def _coverage_doubt(found: Findings) -> tuple[str, str]:
    counts, planned = found.manifest["counts"], found.manifest["planned"]
    missing = planned - counts["coded"]
    if not missing or not planned:
        return ("", "")
    return (
        "What is missing.",
        f"{count(missing)} of {number_of(planned, 'request')} ({percent(missing / planned)}) "
        f"{'has' if missing == 1 else 'have'} no coded answer. Refusals are not asked again, and "
        "need not be random: what is left can be another selection of questions than was planned. "
        "The bounds under Floors show how far the missing answers could move distance and rate.",
    )


def _design_doubt(found: Findings) -> tuple[str, str]:
    if found.study.file.asking.shuffle:
        return ("", "")
    return (
        "Options were not shuffled.",
        "A preference for a place on the list cannot be told from a preference for what stands "
        "there.",
    )


def methods(found: Findings) -> Section:
    """Settings, what the model took of them, and prompts as they were sent."""
    file = found.study.file
    asking, analysis = file.asking, file.analysis
    coded = "coded answers" if asking.repeats == 1 else "means of the coded repeats"
    order = "in an order drawn anew for each request" if asking.shuffle else "in one fixed order"
    items = [
        (
            "Asking.",
            f"Value and action were asked in separate conversations, {_times(asking.repeats)} each; "
            + " ".join([f"options {order}; {_reasked(asking.reask)}", *found.framing]),
        ),
        ("Sampling.", _sampling(found)),
        (
            "Measures.",
            f"Alignment distance: |v − a|, with v and a the {coded} of a dilemma and a persona, "
            "averaged over pairs. Alignment rate: F1 of the "
            f"{'signs' if asking.repeats == 1 else 'majority signs'}, agree positive, pooled over "
            "pairs. A pair counts when both questions have a coded answer.",
        ),
        (
            "Intervals and tests.",
            f"{found.level} percentile intervals from {count(analysis.draws)} bootstrap draws of "
            "dilemmas, the level widened for few dilemmas (expanded percentiles, Hesterberg 2015); "
            "none with fewer than 5 complete dilemmas. "
            f"{_tests(found)}",
        ),
        ("What is adjusted.", _ADJUSTED),
        ("Parameters of the model.", identity_text(found.manifest)),
    ]
    blocks: list[Block] = [Bullets([i for i in items if i[1]])]
    blocks += _prompts(found)
    return Section("methods", "Methods", blocks)


_ADJUSTED = (
    "The p of a distance and the p of a rate against the baseline, or of one category against "
    "another, are adjusted by Benjamini and Hochberg's procedure among all such p of the same "
    "measure in the same table, those of the row for all personas included. Not adjusted: the "
    "permutation test against answer style, which is one-sided; Wilcoxon's and Mann–Whitney's "
    "tests, which are checks; and the chi-square test of places."
)


def _tests(found: Findings) -> str:
    """How differences are tested, as far as this study has any."""
    draws = count(found.study.file.analysis.permutations)
    against = [
        *(["the baseline"] if found.baseline is not None else []),
        *(["one another"] if found.tables["alignment_contrasts"].height else []),
    ]
    if not against:
        return "There is nothing to compare: no difference is tested."
    text = (
        f"Groups against {' and '.join(against)}, always over the dilemmas complete on both sides: "
        "for the distance, the sign of each dilemma's mean difference is flipped at random and the "
        f"mean difference compared with those so made ({draws} draws, two-sided); for the rate, the "
        f"two groups are swapped within random dilemmas ({draws} draws, two-sided)."
    )
    if found.baseline is None:
        text += " The baseline was not asked, so that there is no difference from it."
    return text


def _times(n: int) -> str:
    return "once" if n == 1 else f"{count(n)} times"


def _reasked(most: int) -> str:
    if not most:
        return "no reply was asked for again."
    again = "once more" if most == 1 else f"again up to {most} times"
    return f"a reply that could not be coded was asked {again}, a refusal was not."


def _sampling(found: Findings) -> str:
    options = found.study.file.sampling
    asked = {name: getattr(options, name) for name in Sampling.__dataclass_fields__}
    wanted = {name: value for name, value in asked.items() if value is not None}
    taken = found.manifest["model"]["capabilities"]["sampling"]
    kept = [f"{k} {v:g}" for k, v in wanted.items() if k in taken]
    dropped = [f"{k} {v:g}" for k, v in wanted.items() if k not in taken]
    text = f"Sent: {', '.join(kept) or 'nothing; the defaults of the model held'}."
    if dropped:
        text += f" NOT taken by this model, so its own default held: {', '.join(dropped)}."
    structured = found.manifest["model"]["capabilities"]["structured"]
    if found.study.file.asking.structured == "never" or structured == "none":
        return text + " Replies were free text, asked to be JSON."
    return text + f" Replies were held to JSON by the server ({visible(str(structured), False)})."


def _prompts(found: Findings) -> list[Block]:
    """One value and one action prompt, the first persona's where there is one."""
    identity, recorded = (
        found.manifest["model"]["identity"],
        found.manifest["model"]["capabilities"],
    )
    capabilities = Capabilities(**recorded | {"sampling": tuple(recorded["sampling"])})
    design = found.study.design(cast("Model", _Remembered(identity, capabilities)))
    arms = found.study.arms
    arm = next((a for a in arms if a.persona.configuration is not None), arms[0])
    dilemma = found.asked[0]
    blocks: list[Block] = []
    for question in ("value", "action"):
        messages = design.messages(dilemma, arm, question, 0)
        text = "\n\n".join(f"[{m.role}]\n{m.content}" for m in messages)
        whose = given_as(arm.framing)
        name = persona_label(arm.persona.id, arm.persona.category) + (whose and f" ({whose})")
        caption = (
            f"A prompt of the {question} question, as sent: {dilemma.id}, {name}, first repeat"
        )
        blocks.append(Code(clipped(text, 12_000), visible(caption, False), folded=True))
    return blocks


class _Remembered:
    """As much of a model as a design needs."""

    def __init__(self, identity: dict[str, Any], capabilities: Capabilities) -> None:
        self.identity, self.capabilities = identity, capabilities


def _condition(found: Findings, column: str) -> str:
    """A condition that holds for some answers of this run, for an example."""
    study = found.study
    some = study.arms[-1].persona.category if column == "category" else study.asked[0].value
    return shlex.quote(f"{column}={some}")


def reproduce(found: Findings) -> Section:
    """The commands that lead here again."""
    fixed_by = (
        "The folder holds all that this page shows: study.toml (the resolved study), the "
        "dilemmas, every reply verbatim (answers.sqlite), one row a request (answers.parquet), "
        "the tables in full precision and the figures. Dilemmas, seed and prompts are fixed by "
        "the study file"
    )
    example = f"--where {_condition(found, 'category')} --where question=value"
    return reproduce_section(found.manifest, found.folder, fixed_by, example)


def trace_section(found: Findings) -> Section:
    """Where numbers are followed to answers."""
    folder = shlex.quote(found.folder)
    text = (
        "Choose a category, persona, value or topic, or follow the arrow in any table row or a "
        "cell of the matrices: the pairs of a dilemma and a persona behind it, then the replies "
        "behind a pair, each with its key."
    )
    return Section(
        "trace",
        "From numbers to answers",
        [
            Tracer(
                text,
                f"mores answers {folder} --where {_condition(found, 'category')} "
                f"--where {_condition(found, 'value')}",
            )
        ],
    )
