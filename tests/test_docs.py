"""The documentation says what the code does: generated parts are fresh, links lead somewhere."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from mores.studies.calibrated_personas.file import CalibratedPersonasFile
from mores.studies.framings.file import FramingsFile
from mores.studies.grounded_personas.file import GroundedPersonasFile
from mores.studies.value_action.file import ValueActionFile
from mores.version import __version__

FILES = {
    "value-action": ValueActionFile,
    "calibrated-personas": CalibratedPersonasFile,
    "framings": FramingsFile,
    "grounded-personas": GroundedPersonasFile,
}
ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "design").glob("*.md")]
    + [p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts]
)
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.fixture
def generator(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import generate

    yield generate
    for name in [n for n in sys.modules if n == "generate" or n.split(".")[0] == "parts"]:
        del sys.modules[name]


def test_generated_parts_are_what_the_code_says(generator):
    stale = generator.stale_pages(write=False)
    assert not stale, f"stale: {', '.join(stale)}; run: python docs/generate.py"


def test_a_part_that_was_edited_by_hand_is_noticed(generator, tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    monkeypatch.setattr(generator, "DOCS", tmp_path)
    monkeypatch.setattr(generator, "_register", lambda: None)
    monkeypatch.setattr(generator, "PARTS", {"errors": lambda: "from the code"})
    page.write_text("<!-- generated: errors -->\n\nby hand\n\n<!-- end: errors -->\n", "utf-8")
    assert generator.stale_pages(write=False) == ["page.md"]
    assert "by hand" in page.read_text("utf-8")
    assert generator.stale_pages(write=True) == ["page.md"]
    assert "from the code" in page.read_text("utf-8")
    assert generator.stale_pages(write=False) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_generated_part_is_still_to_be_made(page):
    parts = re.findall(
        r"<!-- generated: ([\w-]+) -->(.*?)<!-- end: \1 -->", page.read_text("utf-8"), re.DOTALL
    )
    empty = [name for name, text in parts if not text.strip()]
    assert not empty, f"{page.name}: {', '.join(empty)}; run: python docs/generate.py --run"


def anchors(page):
    """The anchors of a page's headings, as repositories and the built pages make them."""
    headings = HEADING.findall(FENCED.sub("", page.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page):
    for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


def test_the_readme_holds_its_two_commands_where_ci_looks_for_them():
    text = (ROOT / "README.md").read_text("utf-8")
    for name, needed in (("run", "mores run value-action"), ("test", "pytest")):
        after = text.partition(f"<!-- command: {name} -->")[2]
        command = re.search(r"^```sh\n(.*?)^```", after, re.DOTALL | re.MULTILINE)
        assert command is not None, name
        assert needed in command[1]
        assert command[1].count("\n") == 1, "one command, on one line"


def test_version_and_licences_agree():
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\n## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")[:200]
    cc = (ROOT / "LICENSES" / "CC-BY-4.0.txt").read_text("utf-8")
    assert "Creative Commons Attribution 4.0 International Public License" in cc


def test_study_files_shown_in_the_docs_are_valid():
    """Blocks of TOML that are whole study files, or parts of one, are read by the program itself."""
    shown = 0
    for page in PAGES:
        for block in re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.M):
            fields = tomllib.loads(block)
            if "price" not in fields:
                shown += 1
                faults = [fault for study in studies_of(fields) if (fault := faulty(study, fields))]
                assert len(faults) < len(studies_of(fields)), f"{page.name}: {faults}"
    assert shown >= 5


def test_a_study_file_with_a_wrong_field_is_noticed():
    assert faulty("calibrated-personas", {"asking": {"orders": "both"}}) == ""
    for fields in ({"asking": {"order": "both"}}, {"study": "calibrated-personas", "dilemmas": {}}):
        assert all(faulty(study, fields) for study in studies_of(fields))


def studies_of(fields):
    """The protocols of which a block may be a part: its own, or any."""
    return [fields["study"]] if "study" in fields else list(FILES)


def faulty(study, fields):
    """What is wrong with a block as a part of a study's preset; empty if nothing is."""
    from pydantic import ValidationError

    from mores.studies.registry import preset_text

    base = tomllib.loads(preset_text(study))
    whole = fields if "study" in fields else merged(base, fields)
    try:
        FILES[study].model_validate(whole)
    except ValidationError as error:
        return str(error)
    return ""


def merged(base, fields):
    """A file's fields, and in its tables too, in the place of another's."""
    tables = {
        name: base[name] | value
        for name, value in fields.items()
        if isinstance(value, dict) and isinstance(base.get(name), dict)
    }
    return base | fields | tables
