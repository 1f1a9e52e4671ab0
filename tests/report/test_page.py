import json
import re

from hypothesis import given
from hypothesis import strategies as st
from page_reading import Page as Parsed

from mores.report.blocks import Cell, Code, Column, Fact, Page, Prose, Row, Section, Table
from mores.report.page import embedded_json, rendered

ugly = st.one_of(
    st.sampled_from(
        ["</script>", "<!--", "<img src=x onerror=1>", "\u2028", "{{ 7*7 }}", '" onx="']
    ),
    st.text(st.characters(codec="utf-8", categories=None), max_size=30),
)


@given(
    st.recursive(ugly, lambda inner: st.lists(inner) | st.dictionaries(ugly, inner), max_leaves=8)
)
def test_embedded_json_is_the_same_data_and_cannot_end_its_element(data):
    text = embedded_json(data)
    assert json.loads(text) == data
    assert not set("<>&\u2028\u2029") & set(text)


@given(ugly)
def test_any_text_in_any_place_stays_text(text):
    table = Table(
        text,
        [Column(text, numeric=False, group=text, hint=text), Column(text)],
        [Row([Cell(text, text, text), Cell(text, strong=True)], {"category": text})],
        text,
        text,
    )
    section = Section("s", text, [table, Prose([text]), Code(text, text, folded=True), Code(text)])
    page = Page(text, text, [text], [Fact(text, text)], [text], text, [section], {"x": text})
    parsed = Parsed(rendered(page))
    parsed.check_safe()
    assert not parsed.all("img")
    assert parsed.data == {"x": text}
    plain = Parsed(rendered(Page("t", "s", ["b"], [], ["f"], "c", [])))
    assert len(parsed.all("h1")) == len(plain.all("h1")) == 1


def test_a_template_in_a_text_is_not_run():
    parsed = Parsed(rendered(Page("{{ 7*7 }}", "s", [], [], ["{% raw %}"], "c", [])))
    assert "{{ 7*7 }}" in parsed.words
    assert "{% raw %}" in parsed.words


def test_a_table_can_be_read_without_seeing_it():
    table = Table(
        "Caption",
        [Column("Name", numeric=False), Column("A", group="both"), Column("B", group="both")],
        [Row([Cell("x"), Cell("1", "[0, 2]", 1.0, True), Cell("–")])],
    )
    parsed = Parsed(rendered(Page("t", "s", [], [], [], "c", [Section("s", "S", [table])])))
    assert [c.text for c in parsed.all("caption")] == ["Caption"]
    scopes = [e.attributes["scope"] for e in parsed.all("th")]
    assert scopes == ["colgroup", "col", "col", "col", "row"]
    assert [e.text for e in parsed.all("strong")] == ["1"]
    assert parsed.all("html")[0].attributes["lang"] == "en"


def test_without_data_there_is_no_tracer_and_one_script():
    parsed = Parsed(rendered(Page("t", "s", [], [], [], "c", [])))
    parsed.check_safe()
    assert len(parsed.all("script")) == 1


def test_a_table_of_many_measures_is_not_cut_at_a_usual_width():
    """Headings wrap, the first column gives way; eleven columns then fit in 870 pixels."""
    sheet = rendered(Page("t", "s", [], [], [], "c", []))
    rules = dict(re.findall(r"^([^{}\n]+) \{([^}]*)\}$", sheet, re.MULTILINE))
    assert "white-space: nowrap" in rules["th.n, td.n"]
    assert "white-space: normal" in rules["thead th, thead th.n"]
    assert sheet.index("thead th, thead th.n {") > sheet.index("th.n, td.n {")
    assert float(re.search(r"min-width: ([\d.]+)rem", rules["tbody > tr > th"])[1]) <= 8
    wide = float(re.search(r"min-width: ([\d.]+)rem", rules[".wide .drawing svg"])[1])
    assert wide * 16 < 873 - 2 * (0.4 * 16 + 1)
