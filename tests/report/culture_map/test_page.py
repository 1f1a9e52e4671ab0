import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from map_material import HOSTILE, content, crowd, place

from mores.report.culture_map.content import Cloud
from mores.report.culture_map.interactive import specification
from mores.report.culture_map.page import map_page

sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))
from page_reading import Page


def test_the_page_is_safe_and_holds_everything():
    places = [place(HOSTILE, 0.5, 0.25, absent=("E018",)), *crowd(30)[:10]]
    page = Page(map_page(content(places, name=HOSTILE)))
    page.check_safe()
    assert "<img src=x" in page.words  # as text
    assert not page.all("img")
    assert len(page.all("script")) == 2
    assert "partial: without E018" in page.words
    rows = [e for e in page.all("th") if e.attributes.get("scope") == "row"]
    assert len(rows) == 11
    assert "\u202e" not in page.source
    for part in ("0.500", "[0.400, 0.600]", "1,200", "rotation held fixed", "strata and clusters"):
        assert part in page.words


def test_doubts_stand_on_the_page():
    plain = Page(map_page(content(crowd(3))))
    assert not [e for e in plain.all("p") if e.attributes.get("class") == "banner"]
    assert "ynthetic" not in plain.words
    page = Page(map_page(content(crowd(4), synthetic=True, unplaced=["Nowhere"])))
    banners = [e.text for e in page.all("p") if e.attributes.get("class") == "banner"]
    assert len(banners) == 1
    assert "no human gave these answers" in banners[0]
    assert "Nobody could be placed in: Nowhere" in page.words
    assert "left out, so that" not in page.words
    page = Page(map_page(content(crowd(4), withheld=1, least=10)))
    assert "Small groups." in page.words
    assert "1 country of fewer than 10 respondents is left out, so that no respondent's own" in (
        page.words
    )
    assert "12 respondents without any of the ten indicators" in page.words


def test_names_are_data_of_the_map_and_nothing_else():
    spec = specification(content([place(HOSTILE, 0, 0), place("B", 1, 1)]))
    names = {r["name"] for r in rows(spec) if "name" in r}
    assert names == {"<img src=x onerror=alert(1)>&$x_{\\u202e=1+1</script>\\n", "B"}
    assert "onerror" not in json.dumps(without_data(spec))


def rows(spec):
    """What stands in the data of a specification, wherever they are."""
    if isinstance(spec, list):
        return [row for part in spec for row in rows(part)]
    if not isinstance(spec, dict):
        return []
    own = spec["data"]["values"] if "data" in spec else []
    return own + [row for key, part in spec.items() if key != "data" for row in rows(part)]


def without_data(spec):
    if isinstance(spec, list):
        return [without_data(part) for part in spec]
    if isinstance(spec, dict):
        return {key: without_data(part) for key, part in spec.items() if key != "data"}
    return spec


def test_layers_of_the_map():
    ring = crowd(3)[0]
    found = content(
        [place("A, wave 6", 0, 0, track="A", step=6), place("A, wave 7", 1, 1, track="A", step=7)],
        clouds=(Cloud("A", "", 99, [(0.5, [[(ring.x, ring.y), (0, 0), (0, 1)]])]),),
    )
    spec = specification(found)
    assert len(spec["layer"]) == 8
    assert {p["name"] for p in spec["params"]} == {"find", "rings", "naming", "chosen", "zoom"}
    labels = [row for row in rows(spec) if "room" in row]
    assert [(row["label"], row["name"]) for row in labels] == [("A", "A, wave 7")]


def test_a_map_may_have_more_rows_than_altair_allows_unasked():
    tracks = [place(f"A, wave {i}", i / 9, 0, track="A", step=i) for i in range(200)]
    assert len(rows(specification(content(tracks)))) > 5000


def test_equal_content_gives_equal_bytes():
    assert map_page(content(crowd(20))) == map_page(content(crowd(20)))


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a browser")
def test_a_browser_draws_it_offline(tmp_path):
    path = tmp_path / "map.html"
    path.write_text(map_page(content([place(HOSTILE, 0, 0), *crowd(12)])), "utf-8")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path / 'user'}", "--virtual-time-budget=20000",
        "--enable-logging=stderr", "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    told = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert told == []
    dom = done.stdout
    marks = dom.split('class="mark-symbol role-mark')[1:]
    assert sum(part.split("</g>")[0].count("<path") for part in marks) == 13
    assert "<img" not in re.sub(r"<script.*?</script>", "", dom, flags=re.DOTALL)
