import pytest

from mores.errors import InstrumentError, StoreError
from mores.workflow.new_files import check_place, write_new


def test_nothing_is_overwritten(tmp_path):
    out = tmp_path / "a.csv"

    def late(place):
        place.write_text("ours")
        out.write_text("theirs")

    with pytest.raises(StoreError, match="came to be meanwhile"):
        write_new(out, late)
    assert out.read_text() == "theirs"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    for place, says in (
        (out, "is there already; choose another file with --out"),
        (tmp_path / "a.txt", "ends in .csv"),
        (tmp_path / "no" / "b.csv", "does not exist"),
    ):
        with pytest.raises(InstrumentError, match=says):
            check_place(place, ".csv", "--out")


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    def full(place):
        place.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="No space left"):
        write_new(tmp_path / "a.csv", full)
    assert not list(tmp_path.iterdir())
