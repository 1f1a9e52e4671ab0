from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.errors import PersonaError
from mores.personas import configuration_files
from mores.personas.configuration_files import parse_configurations, read_configurations
from mores.personas.grid import levels_of
from mores.personas.variables import N_CONFIGURATIONS, variables

IDS = [variable.id for variable in variables()]
ZERO = [variable.levels[0].label for variable in variables()]


def parsed(text):
    return parse_configurations(text.encode(), "mine.csv")


def refused(text):
    with pytest.raises(PersonaError) as told:
        parsed(text)
    return str(told.value)


def rows_of(indices, form="label", sep=","):
    return "\n".join(
        sep.join(
            f'"{getattr(v.levels[i], form)}"'
            for v, i in zip(variables(), row.tolist(), strict=True)
        )
        for row in levels_of(indices)
    )


def test_indices_and_relative_weights():
    sample = parsed("index,weight\n42,1\n93311,3\n")
    assert sample.indices.tolist() == [42, 93311]
    np.testing.assert_allclose(sample.weights(), [0.25, 0.75])
    assert (sample.method, sample.seed) == ("chosen", None)


def test_without_weights_all_count_the_same():
    np.testing.assert_allclose(parsed("\ufeffIndex\r\n3\r\n\r\n7\r\n").weights(), 0.5)


@given(st.lists(st.integers(0, N_CONFIGURATIONS - 1), min_size=1, max_size=20, unique=True),
       st.sampled_from(["id", "label", "title"]), st.sampled_from(",;\t"))  # fmt: skip
@settings(max_examples=20, deadline=None)
def test_levels_by_any_name_give_the_configurations_back(indices, form, sep):
    head = sep.join(variable.name for variable in variables())
    assert parsed(f"{head}\n{rows_of(indices, form, sep)}").indices.tolist() == indices


def test_index_and_levels_may_both_be_there_if_they_agree():
    head = ",".join(["index", *IDS])
    assert parsed(f"{head}\n0,{','.join(ZERO)}\n").indices.tolist() == [0]
    assert "line 2: the levels are those of 0, not of the index 7" in refused(
        f"{head}\n7,{','.join(ZERO)}\n"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("index\n93312\n", "line 2: index '93312' does not exist; allowed: 0 to 93311"),
        ("index\n-1\n", "index '-1'"),
        ("index\n1.5\n", "index '1.5'"),
        ("index\n١\n", "index"),
        ("index\n" + "9" * 5000 + "\n", "does not exist"),
        ("index\n4\n5\n4\n", "line 4: configuration 4 stands on line 2 too"),
        ("index,weight\n4,-1\n", "weight '-1'; allowed: a number of 0 or more"),
        ("index,weight\n4,nan\n", "weight 'nan'"),
        ("index,weight\n4,1e999\n", "weight '1e999'"),
        ("index,weight\n4,\n", "weight ''"),
        ("index,weight\n4,1_0\n", "weight '1_0'"),
        ("index,weight\n4,0\n5,0\n", "all weights are 0"),
        ("index,wieght\n4,1\n", "did you mean 'weight'"),
        ("index,index\n4,1\n", "index occurs twice"),
        ("weight\n4\n", "give index, or all ten variables"),
        ("religiosity,index\nVery,4\n", "child_rearing_value"),
        ("index\n", "holds no configurations"),
        ("", "give index, or all ten variables"),
        ("index,weight\n4\n", "line 2 has 1 cells, not 2"),
        ('index\n"4\n', "is not CSV"),
        ("index\n\0\n", "NUL"),
    ],
)
def test_faults_are_told_with_their_line(text, told):
    message = refused(text)
    assert message.startswith("mine.csv")
    assert told in message


def test_an_unknown_level_is_told_with_the_nearest():
    row = [*ZERO]
    row[6] = "Rather hapy"
    message = refused(f"{','.join(IDS)}\n{','.join(row)}\n")
    assert "line 2: happiness: 'Rather hapy' is not a level; did you mean" in message


def test_many_faults_are_told_at_once_and_bounded():
    message = refused("index\n" + "x\n" * 50)
    assert "50 problems" in message
    assert len(message.splitlines()) == 12


def test_other_forms_of_files_are_told(tmp_path, monkeypatch):
    with pytest.raises(PersonaError, match="spreadsheet"):
        parse_configurations(b"PK\x03\x04", "x")
    with pytest.raises(PersonaError, match="line 2: is not UTF-8"):
        parse_configurations(b"index\n\xff\n", "x")
    with pytest.raises(PersonaError, match="folder"):
        read_configurations(tmp_path)
    with pytest.raises(PersonaError, match="no file"):
        read_configurations(tmp_path / "none.csv")
    path = tmp_path / "mine.csv"
    path.write_text("index\n5\n", encoding="utf-8")
    assert read_configurations(path).indices.tolist() == [5]
    monkeypatch.setattr(configuration_files, "MAX_BYTES", 3)
    with pytest.raises(PersonaError, match="larger"):
        read_configurations(path)


def test_the_whole_grid_can_be_given():
    text = "index\n" + "\n".join(map(str, range(N_CONFIGURATIONS)))
    assert len(parsed(text)) == N_CONFIGURATIONS
