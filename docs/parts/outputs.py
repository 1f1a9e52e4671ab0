"""Outputs of real commands, and the picture, from runs on the simulated respondent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRESS = re.compile(r"^mores: [\d,]+ of [\d,]+ \(.*\n", re.MULTILINE)
"""Lines that a slow machine prints and a fast one does not."""
MARK = r"<!-- generated: {name} -->\n.*?<!-- end: {name} -->"
RUN = "runs/value-action/sim"
PERSONAS = "runs/calibrated-personas/sim"
FRAMINGS = "runs/framings/sim"
GROUNDED = "runs/grounded-personas/sim"

TABLE = f"""\
import polars as pl

table = pl.read_parquet("{RUN}/tables/alignment_by_category.parquet")
columns = ["category", "n_pairs", "alignment_distance", "ad_low", "ad_high", "ad_delta"]
columns += ["ad_p_adjusted", "alignment_rate"]
pl.Config(tbl_width_chars=120, tbl_hide_column_data_types=True, float_precision=3)
print(table.select(columns))
"""
OWN = """\
study = "value-action"
title = "Three values, four personas"
seed = 1

[dilemmas]
values = ["honest", "loyal", "wealth"]

[personas]
categories = ["max"]
"""

FRAMINGS_TABLE = f"""\
import polars as pl

table = pl.read_parquet("{FRAMINGS}/tables/overall.parquet")
columns = ["framing", "n", "coverage", "refusal_rate", "baseline_gap", "response_gap", "shift"]
columns += ["alignment", "alignment_low", "alignment_high"]
pl.Config(tbl_width_chars=140, tbl_cols=10, tbl_hide_column_data_types=True, float_precision=3)
print(table.select(columns))
"""
FRAMINGS_OWN = """\
study = "framings"
title = "Religion in Egypt and India, asked in two languages"
seed = 1
slices = ["ar-EGY", "hi-IND"]

[questions]
units = ["Q160", "Q164", "Q165", "Q169", "Q173"]

[framings]
names = ["language", "persona-country", "third-person"]
prompt_languages = "all"
paraphrases = 2
"""

GROUNDED_TABLE = f"""\
import polars as pl

table = pl.read_parquet("{GROUNDED}/tables/positions.parquet")
columns = ["variable", "level", "dx", "dx_low", "dx_high", "dy", "dy_low", "dy_high", "n"]
pl.Config(tbl_width_chars=130, tbl_hide_column_data_types=True, float_precision=2)
pl.Config(fmt_str_lengths=40, tbl_rows=32, tbl_cols=9)
chosen = (pl.col("form") == "configuration") & (pl.col("weighting") == "uniform")
print(table.filter(chosen).select(columns).head(10))
"""
GROUNDED_OWN = """\
study = "grounded-personas"
title = "Corners and contradictions, as beliefs and as lives"
seed = 1

[personas]
configurations = "corners.csv"
forms = ["configuration", "biography", "both"]

[batteries]
names = ["map", "mfq2"]

[asking]
orders = "both"
"""
CORNERS = """\
index,weight
93230,2
81,2
91125,2
2186,2
16505,1
76806,1
6390,1
86921,1
"""

PERSONAS_TABLE = f"""\
import polars as pl

table = pl.read_parquet("{PERSONAS}/tables/errors_by_country.parquet")
columns = ["kind", "arm", "mae", "mae_low", "mae_high", "wasserstein", "variance_mixture"]
pl.Config(tbl_width_chars=120, tbl_hide_column_data_types=True, float_precision=3)
pl.Config(fmt_str_lengths=40, tbl_rows=20)
print(table.filter(pl.col("country") == "all").select(columns))
"""
PERSONAS_OWN = """\
study = "calibrated-personas"
title = "Trust in institutions, two countries"
seed = 1
sample = 50
countries = ["JPN", "GHA"]

[questions]
items = ["Q64", "Q66", "Q69", "Q70", "Q71", "Q73", "Q74", "Q77"]
map = false

[personas]
arms = ["generic", "country", "value", "value+nationality"]

[asking]
orders = "both"
"""

COMMANDS = {
    "run-plan": "mores run value-action --model openai/gpt-4.1-mini --dry-run",
    "run-plan-sim": "mores run value-action --dry-run",
    "run-first": "mores run value-action",
    "run-again": "mores run value-action",
    "run-status": f"mores status {RUN}",
    "run-files": f"ls {RUN} {RUN}/figures",
    "run-answers": f"mores answers {RUN} --where category=max --where status=refused --limit 3",
    "run-answer": f"mores answers {RUN} --key KEY",
    "run-weak": "mores run value-action --model sim:persona_link=0.1,steerability=0 --out runs/weak",
    "run-compare": f"mores compare {RUN} runs/weak --out runs/compared",
    "run-own": "mores run own.toml --dry-run",
    "run-personas": "mores run calibrated-personas --sample 8",
    "run-personas-plan": "mores run calibrated-personas --model openai/gpt-4.1-mini --dry-run",
    "run-personas-own": "mores run trust.toml --dry-run",
    "run-framings": "mores run framings",
    "run-framings-plan": "mores run framings --model openai/gpt-4.1-mini --dry-run",
    "run-framings-own": "mores run religion.toml --dry-run",
    "run-grounded": "mores run grounded-personas --sample 60",
    "run-grounded-plan": "mores run grounded-personas --model openai/gpt-4.1-mini --dry-run",
    "run-grounded-full": "mores run grounded-personas-full --model openai/gpt-4.1-mini --dry-run",
    "run-grounded-own": "mores run corners.toml --dry-run",
    "run-biographies-write": (
        "mores biographies write --model sim --sample 200 --seed 1 --reader none "
        "--contradictions 0.1 --out stories.jsonl"
    ),
    "run-biographies-check": "mores biographies check stories.jsonl --model sim --out read.jsonl",
    "run-biographies-show": "mores biographies show read.jsonl --configuration STORY",
}


def renew(docs: Path) -> None:
    """Run the commands, put what they print into the pages, and draw the picture."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "own.toml").write_text(OWN, encoding="utf-8")
        (place / "trust.toml").write_text(PERSONAS_OWN, encoding="utf-8")
        (place / "religion.toml").write_text(FRAMINGS_OWN, encoding="utf-8")
        (place / "corners.toml").write_text(GROUNDED_OWN, encoding="utf-8")
        (place / "corners.csv").write_text(CORNERS, encoding="utf-8")
        parts, key = {}, ""
        for name, command in COMMANDS.items():
            command = command.replace("KEY", key)
            if "STORY" in command:
                command = command.replace("STORY", rejected(place / "read.jsonl"))
            printed = shell(command, place)
            if name == "run-answers":
                key = re.findall(r"m1-[0-9a-f]{32}", printed)[0]
            parts[name] = f"```console\n$ {command}\n{printed}\n```"
        scripts = {
            "run-table": TABLE,
            "run-personas-table": PERSONAS_TABLE,
            "run-framings-table": FRAMINGS_TABLE,
            "run-grounded-table": GROUNDED_TABLE,
        }
        for name, code in scripts.items():
            parts[name] = f"```python\n{code}```\n\n```text\n{python(code, place)}\n```"
        parts["run-own-file"] = f"```toml\n# own.toml\n{OWN}```"
        parts["run-personas-own-file"] = f"```toml\n# trust.toml\n{PERSONAS_OWN}```"
        parts["run-framings-own-file"] = f"```toml\n# religion.toml\n{FRAMINGS_OWN}```"
        parts["run-grounded-own-file"] = f"```toml\n# corners.toml\n{GROUNDED_OWN}```"
        parts["run-grounded-own-csv"] = f"```text\n{CORNERS}```"
        parts["run-grounded-findings"] = findings(place / GROUNDED)
        parts["run-framings-findings"] = findings(place / FRAMINGS)
        parts["run-findings"] = findings(place / RUN)
        parts["run-personas-findings"] = findings(place / PERSONAS)
        names = ("figure2_alignment_distance", "figure3_alignment_rate")
        picture(place / RUN, names, docs / "images" / "value-action.png")
        picture(place / FRAMINGS, ("figure3_by_slice",), docs / "images" / "framings.png")
    fill(docs, parts)


def shell(command: str, place: Path) -> str:
    """What a command prints, both streams together, as they come, but for progress."""
    surroundings = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(place),
        "OPENAI_API_KEY": "not-needed-for-a-plan",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
    }
    done = subprocess.run(
        command, shell=True, cwd=place, env=surroundings, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}")
    return PROGRESS.sub("", done.stdout).rstrip()


def rejected(biographies: Path) -> str:
    """The configuration of the first rejected biography of a file."""
    import json

    lines = biographies.read_text(encoding="utf-8").splitlines()[1:]
    return next(
        str(b["configuration"]) for b in map(json.loads, lines) if b["status"] == "rejected"
    )


def python(code: str, place: Path) -> str:
    """What Python code prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, text=True, capture_output=True, check=True
    )
    return done.stdout.rstrip()


def findings(run: Path) -> str:
    """The sentences at the head of the report, as a quotation."""
    from html import unescape

    page = (run / "report.html").read_text(encoding="utf-8")
    head = page[page.index(">What was found<") :]
    head = head[: head.index("</section>") if "</section>" in head else len(head)]
    sentences = re.findall(r'<p(?: class="coverage")?>(.*?)</p>', head, re.DOTALL)
    plain = [" ".join(unescape(re.sub(r"<[^>]+>", "", s)).split()) for s in sentences]
    return "\n>\n".join(f"> {sentence}" for sentence in plain if sentence)


def picture(run: Path, names: tuple[str, ...], to: Path) -> None:
    """Figures of a run, one above the other."""
    from PIL import Image

    parts = [Image.open(run / "figures" / f"{name}.png").convert("RGB") for name in names]
    whole = Image.new("RGB", (max(p.width for p in parts), sum(p.height for p in parts)), "white")
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    to.parent.mkdir(exist_ok=True)
    whole.quantize(200).save(to, optimize=True)


def fill(docs: Path, parts: dict[str, str]) -> None:
    """Put the parts into the pages that ask for them."""
    for page in sorted(docs.rglob("*.md")):
        if "_build" in page.parts:
            continue
        text = new = page.read_text(encoding="utf-8")
        for name, part in parts.items():
            block = f"<!-- generated: {name} -->\n\n{part}\n\n<!-- end: {name} -->"
            new = re.sub(MARK.format(name=name), lambda _, b=block: b, new, flags=re.DOTALL)
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"renewed: {page.relative_to(docs)}")
