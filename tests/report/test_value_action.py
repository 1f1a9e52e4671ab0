import polars as pl
import pytest
from report_material import Material

from mores.report.registry import reporting_of
from mores.report.value_action.labels import (
    groups_of,
    persona_label,
    type_of,
    values_by_type,
)
from mores.report.value_action.sentences import findings


@pytest.fixture
def found(small: Material, tmp_path):
    return reporting_of("value-action").open_findings(
        tmp_path, small.bound, small.manifest, small.answers, small.tables
    )


def changed(found, category, **columns):
    """The same findings with other numbers for a category."""
    import dataclasses

    table = found.tables["alignment_by_category"]
    for name, value in columns.items():
        where = pl.col("category") == category
        table = table.with_columns(
            pl.when(where)
            .then(pl.lit(value, table.schema[name]))
            .otherwise(pl.col(name))
            .alias(name)
        )
    return dataclasses.replace(found, tables={**found.tables, "alignment_by_category": table})


def test_groups_come_in_the_order_of_the_paper():
    pairs = [
        ("all personas", "explicit"),
        ("own", "explicit"),
        ("incongruous", "explicit"),
        ("moderate", "explicit"),
        ("max", "explicit"),
        ("baseline", "none"),
    ]
    titles = [g.title for g in groups_of(pairs)]
    assert titles == [
        "No persona (baseline)",
        "Max",
        "Moderate",
        "Incongruous",
        "Own",
        "All personas",
    ]
    assert len({g.colour for g in groups_of(pairs)}) == 5


def test_several_renderings_are_named_and_told_apart():
    groups = groups_of([("baseline", "none"), ("max", "gloss"), ("max", "explicit")])
    assert [g.title for g in groups] == ["No persona (baseline)", "Max, gloss", "Max, explicit"]
    assert groups[1].marker != groups[2].marker


def test_types_of_values_and_names_of_personas():
    assert type_of("equality") == "Universalism"
    assert type_of("mine") == "Other values"
    assert persona_label("max-secular-survival", "max") == "secular survival"
    assert list(values_by_type({v: v for v in ("mine", "equality", "freedom")})) == [
        "Self-direction",
        "Universalism",
        "Other values",
    ]


@pytest.mark.parametrize(
    ("p", "delta", "says"),
    [
        (0.01, 0.2, "was smaller than without a persona for max personas"),
        (0.01, -0.2, "was larger for max personas"),
        (0.06, 0.2, "showed no significant difference for max personas"),
        (None, None, "could not be tested for max personas"),
    ],
)
def test_a_sentence_claims_no_more_than_its_test(found, p, delta, says):
    other = changed(found, "max", ad_p_adjusted=p, ad_delta=delta)
    for category in ("moderate", "incongruous"):
        other = changed(other, category, ad_p_adjusted=0.9)
    sentence = next(s for s in findings(other) if s.startswith("The distance"))
    assert says in sentence
    claims = ("smaller than", "larger")
    assert sum(c in sentence for c in claims) == (p == 0.01)


def contrasted(found, **columns):
    """The same findings with other numbers for incongruous against max personas."""
    import dataclasses

    table = found.tables["alignment_contrasts"]
    where = (pl.col("category") == "incongruous") & (pl.col("reference") == "max")
    assert table.filter(where).height == 1
    table = table.filter(where).with_columns(
        *(pl.lit(v, table.schema[name]).alias(name) for name, v in columns.items())
    )
    return dataclasses.replace(found, tables={**found.tables, "alignment_contrasts": table})


@pytest.mark.parametrize(
    ("delta", "p", "says"),
    [
        (-0.2, 0.01, "stood farther from their stated values than max ones (+0.200, 95"),
        (0.2, 0.01, "stood nearer to their stated values than max ones (\u22120.200, 95"),
        (-0.2, 0.2, "showed no significant difference in distance from max ones (+0.200, 95"),
        (-0.2, None, "could not be tested against max ones (+0.200)"),
    ],
)
def test_kinds_of_personas_differ_only_where_their_contrast_says_so(found, delta, p, says):
    low, high = delta - 0.1, delta + 0.15
    other = contrasted(found, ad_delta=delta, ad_p_adjusted=p, ad_delta_low=low, ad_delta_high=high)
    sentence = next(s for s in findings(other) if s.startswith("Incongruous"))
    assert says in sentence
    claims = ("farther", "nearer", "no significant", "could not be tested")
    assert sum(c in sentence for c in claims) == 1
    # What is negated changes the ends of its interval as well.
    ends = "+0.050 to +0.300" if delta < 0 else "\u22120.350 to \u22120.100"
    assert (f"interval {ends}" in sentence) is (p is not None)


def test_every_figure_states_what_it_rests_on(found):
    from mores.report.style import svg_of

    for chart in reporting_of("value-action").charts(found):
        svg = svg_of(chart.figure)
        assert "requests coded" in svg, chart.name
        assert "no language model" in svg, chart.name
        assert chart.alt
        assert chart.caption.endswith(".")


def test_missing_cells_are_hatched_and_named(found):
    import dataclasses

    from mores.report.style import svg_of
    from mores.report.value_action.matrix_figure import value_by_persona

    table = found.tables["value_by_persona"]
    value, persona = table["value"][0], "max-secular-survival"
    hole = (pl.col("value") == value) & (pl.col("persona") == persona)
    names = ("alignment_distance", "alignment_rate")
    table = table.with_columns(
        *(pl.when(hole).then(None).otherwise(pl.col(n).fill_null(0.5)).alias(n) for n in names)
    )
    other = dataclasses.replace(found, tables={**found.tables, "value_by_persona": table})
    svg = svg_of(value_by_persona(other, "explicit", first=True).figure)
    assert "Hatched: nothing to compute from, 2 cells" in svg
    assert f"{found.values[value]} × secular survival (distance)" in svg.replace("\n", " ")
    assert "<pattern" in svg
    many = table.with_columns(pl.lit(None, pl.Float64).alias(names[0]))
    other = dataclasses.replace(found, tables={**found.tables, "value_by_persona": many})
    svg = svg_of(value_by_persona(other, "explicit", first=True).figure)
    assert f"{table.height + 1} cells; they are the empty ones of the table" in svg
    full = table.with_columns(pl.col(names).fill_null(0.5))
    other = dataclasses.replace(found, tables={**found.tables, "value_by_persona": full})
    assert "No cell is missing." in svg_of(value_by_persona(other, "explicit", first=True).figure)


@pytest.mark.parametrize("drop", ["baseline", "personas"])
def test_studies_without_baseline_or_personas_have_a_report(small, tmp_path, drop):
    from mores import workflow

    text = (
        'schema = 1\nstudy = "value-action"\nseed = 1\n[personas]\n'
        + ("baseline = false\n" if drop == "baseline" else "categories = []\n")
        + "[asking]\nrepeats = 1\n[analysis]\ndraws = 100\npermutations = 100\n"
    )
    (tmp_path / "s.toml").write_text(text, "utf-8")
    done = workflow.run(str(tmp_path / "s.toml"), "sim", tmp_path / "out", sample=3)
    page = (done.folder / "report.html").read_text("utf-8")
    assert "What was found" in page
    assert (done.folder / "figures/figure_delta_by_value.svg").exists() is False
    assert (done.folder / "figures/figure_personas.svg").exists() is (drop == "baseline")


def words_of(tmp_path, text, sample):
    from page_reading import Page

    from mores import workflow

    (tmp_path / "s.toml").write_text(f'schema = 1\nstudy = "value-action"\n{text}', "utf-8")
    done = workflow.run(str(tmp_path / "s.toml"), "sim", tmp_path / "out", sample=sample)
    return done.folder, Page((done.folder / "report.html").read_text("utf-8")).words


def test_no_rendering_is_left_out_or_unnamed(tmp_path):
    text = '[personas]\nrenderings = ["explicit", "paraphrased"]\n'
    text += "[asking]\nrepeats = 1\n[analysis]\ndraws = 100\npermutations = 100\n"
    folder, words = words_of(tmp_path, text, 6)
    for rendering in ("explicit", "paraphrased"):
        assert f"map, worded as {rendering}, " in words
        assert f"over all personas, worded as {rendering}, " in words
        assert f"max personas worded as {rendering} (" in words
    assert "Max, paraphrased Max, explicit" in " ".join(words.split())
    drawn = {p.stem for p in (folder / "figures").iterdir()}
    for name in ("figure4_value_by_persona", "figure_delta_by_value", "figure_personas"):
        assert {name, f"{name}_paraphrased"} <= drawn
    for name in ("figure4_value_by_persona", "figure_delta_by_value", "figure_personas"):
        for rendering, end in (("explicit", ""), ("paraphrased", "_paraphrased")):
            svg = (folder / f"figures/{name}{end}.svg").read_text("utf-8")
            assert f"worded as {rendering}" in svg, name


def test_texts_follow_a_study_that_is_not_the_default(tmp_path):
    text = (
        "[personas]\nbaseline = false\n[asking]\nrepeats = 1\nshuffle = false\nreask = 0\n"
        '[scales]\nvalue_labels = ["yes", "rather", "no"]\nvalue_scores = [1.0, 0.5, -1.0]\n'
        "[analysis]\ndraws = 100\npermutations = 100\n"
    )
    _, words = words_of(tmp_path, text, 1)
    assert "separate conversations, once each" in words
    assert "Each question was asked once, so that there is nothing to compare" in words
    assert "NOT shuffled" in words
    assert "no reply was asked for again" in words
    assert "The baseline was not asked" in words
    assert "The scores are the study's own: 1, 0.5, \u22121 for the value" in words
    assert "Of 1 dilemma, " in words
    for wrong in ("evenly spaced", "1 dilemmas", "six options", "1 times", "1 repeats", "1 pairs"):
        assert wrong not in words
