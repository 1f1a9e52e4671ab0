"""A run's folder stays with the biographies that its answers were given as."""

from dataclasses import replace

import pytest

from mores.errors import StudyError
from mores.personas.biography_files import Making, line_of, making_line
from mores.personas.biography_grammar import composed
from mores.workflow.kept_biographies import BIOGRAPHIES, check_kept

MAKING = Making("a-model", False, 0)
STORIES = tuple(composed([3, 17, 90000], seed=1))


def content(stories):
    return "".join([making_line(MAKING), *map(line_of, stories)]).encode()


@pytest.fixture
def folder(tmp_path):
    first, second, third = STORIES
    rejected = replace(third, status="rejected", reasons=("contradicts",))
    (tmp_path / BIOGRAPHIES).write_bytes(content((first, second, rejected)))
    return tmp_path


def test_another_text_or_a_rejection_is_refused_by_number(folder):
    first, second, _ = STORIES
    kept = (folder / BIOGRAPHIES).read_bytes()
    for changed in (
        replace(second, text=second.text + " He moved."),
        replace(second, status="rejected", reasons=("contradicts",)),
    ):
        with pytest.raises(StudyError, match=r"configuration 17 has changed.*--out"):
            check_kept(content((first, changed)), folder)
    assert (folder / BIOGRAPHIES).read_bytes() == kept


def test_more_fewer_and_read_again_is_none_of_it(folder):
    more = tuple(composed([3, 17, 18, 90000], seed=1))
    assert more[0].text == STORIES[0].text
    check_kept(content(more), folder)
    check_kept(content(STORIES[:1]), folder)
    check_kept(content([replace(STORIES[0], reading=None), STORIES[1]]), folder)


def test_a_new_folder_keeps_anything(tmp_path):
    check_kept(content(STORIES), tmp_path)
