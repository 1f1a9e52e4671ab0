"""What is printed of a plan and of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mores.cli.printing import duration, table

if TYPE_CHECKING:
    from mores.workflow import Plan, Run

__all__ = ["print_plan", "print_run"]


def print_plan(plan: Plan, concurrency: int) -> None:
    """What would be asked, and what it would take."""
    found = plan.estimate
    distinct = "not counted" if found.distinct_prompts is None else f"{found.distinct_prompts:,}"
    cost = (
        "unknown: no price is known for this model"
        if found.cost is None
        else f"US$ {found.cost:,.2f}"
    )
    if plan.price is not None and found.cost:
        cost += f" (price of {plan.price.as_of}: {plan.price.source})"
    rows = [
        ("study", plan.study.file.study),
        ("model", plan.model.label),
        *([("shard", str(plan.shard))] if plan.shard else []),
        ("requests", f"{found.requests:,}"),
        ("distinct prompts", distinct),
        ("prompt tokens", f"about {found.prompt_tokens:,}"),
        ("answer tokens", f"about {found.completion_tokens:,}"),
        ("cost", cost),
    ]
    if plan.stored:
        rows += [("stored already", f"{plan.stored:,}"), ("left", f"{plan.left:,}")]
        if plan.cost_left is not None:
            rows.append(("cost of the rest", f"US$ {plan.cost_left:,.2f}"))
    if found.seconds:
        rows.append(
            ("time", f"about {duration(found.seconds)} at 2 s a reply, {concurrency} in flight")
        )
    elif not plan.model.simulated:
        rows.append(("time", "unknown: the model runs on this machine"))
    print("\n".join(plan.study.summary()))
    print(table(rows))
    print("Nothing was asked.")


def print_run(done: Run, asked: bool = True) -> None:
    """How a run ended, and what to do next.

    Parameters
    ----------
    done : Run
    asked : bool
        Whether the command asks what failed when it is repeated.
    """
    manifest = done.manifest
    counts = manifest["counts"]
    planned = manifest["planned"]
    rows = [(name, f"{n:,}", f"{n / max(1, planned):.1%}") for name, n in counts.items()]
    left = planned - sum(counts.values())
    if left:
        rows.append(("not asked", f"{left:,}", f"{left / planned:.1%}"))
    print(table(rows))
    if manifest["model"]["simulated"]:
        print("The model is simulated: these are not answers of a language model.")
    if done.ended == "budget":
        print("The budget is spent; repeat the command with a higher one to go on.")
    elif done.ended == "failing":
        print(
            "Too many requests in a row had failed; see that the server runs, then repeat the command."
        )
    elif done.ended == "interrupted":
        print("Interrupted; repeat the command to go on.")
    elif counts["failed"] and "shard" in manifest:
        print("Some requests failed; repeat the command to ask again.")
    elif counts["failed"]:
        reasons = done.failures
        again = "Repeat the command" if asked else "Repeat the command that asked them"
        print(
            f"Some requests failed, most often: {reasons['reason'][0]}. {again} to ask again, with "
            "--retry-rejected also what was refused as invalid; all reasons are in the report."
        )
    if "shard" in manifest:
        print(f"shard {manifest['shard']}: {done.folder}")
        print("when all shards are asked: mores merge DIR… --out DIR")
    else:
        print(f"report: {done.folder / 'report.html'}")
