import pytest

from mores.errors import StoreError
from mores.report.files import replace_file, replace_text


def test_a_failed_write_leaves_the_earlier_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    replace_text(path, "first")

    def full(temporary):
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match=r"No space left on device.*make room"):
        replace_file(path, full)
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_fault_of_ours_is_not_blamed_on_the_disk(tmp_path):
    def broken(temporary):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replace_file(tmp_path / "a", broken)
    assert not list(tmp_path.iterdir())


def test_text_that_no_utf8_holds_is_written_as_an_escape(tmp_path):
    replace_text(tmp_path / "a", "x\ud800")
    assert (tmp_path / "a").read_bytes() == b"x\\ud800"
