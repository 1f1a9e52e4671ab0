import re

from mores.report.blocks import Chart
from mores.report.style import INK, SERIES, drawing, inline, on_page, sheet, svg_of, write_charts


def chart(name="one", label="label $x_{$ <b> & \u202e 漢字"):
    with drawing():
        page = sheet("Title", label, "note " * 60, plot=1.0)
        axes = page.axes(0.1, 0.8)
        axes.plot([0, 1], [0, 1], color=SERIES[1], label=label)
        axes.set_xlabel(label)
        axes.legend()
    return Chart(name, page.figure, "caption", "alt")


def test_equal_numbers_give_equal_bytes(tmp_path):
    for folder in ("a", "b"):
        write_charts(tmp_path / folder, [chart()])
    for name in ("one.svg", "one.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    svg = (tmp_path / "a/one.svg").read_text("utf-8")
    assert "<text" in svg
    assert "dc:date" not in svg
    assert "&lt;b&gt; &amp;" in svg
    assert (tmp_path / "a/one.png").read_bytes().startswith(b"\x89PNG")


def test_figures_of_earlier_reports_are_removed(tmp_path):
    write_charts(tmp_path, [chart("old")])
    blocks = write_charts(tmp_path, [chart("new")])
    assert {p.name for p in tmp_path.iterdir()} == {"new.svg", "new.png"}
    assert [b.name for b in blocks] == ["new"]


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib

    before = {k: v for k, v in matplotlib.rcParams.items() if k != "backend"}
    svg_of(chart().figure)
    assert {k: v for k, v in matplotlib.rcParams.items() if k != "backend"} == before


def test_an_inlined_figure_follows_the_theme_and_keeps_to_itself():
    block = on_page(chart("mine"), svg_of(chart("mine").figure))
    assert "<style" not in block.svg
    assert "<?xml" not in block.svg
    assert "<metadata" not in block.svg
    assert "font-family" not in block.svg
    assert f"var(--ink, {INK})" in block.svg
    assert f"var(--series-1, {SERIES[1]})" in block.svg
    ids = re.findall(r'\bid="([^"]*)"', block.svg)
    assert ids
    assert all(i.startswith("mine-") for i in ids)
    for used in re.findall(r'url\(#([^)]*)\)|href="#([^"]*)"', block.svg):
        assert "".join(used) in ids


def test_cells_can_be_found_by_the_script():
    assert 'data-cell="3.11"' in inline('<svg viewBox="0 0 1 1"><g id="cell.3.11"></g></svg>', "n")
