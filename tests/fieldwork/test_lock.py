from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mores.errors import StoreError, StoreLockedError
from mores.fieldwork.lock import check_free, exclusive, is_held

pytest.importorskip("fcntl", reason="folders are not locked on this platform")

HOLD = """
import sys, time
from pathlib import Path
from mores.fieldwork.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder until its input ends."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_process_is_told_who_holds_the_folder(tmp_path):
    with held(tmp_path) as holder, pytest.raises(StoreLockedError) as caught, exclusive(tmp_path):
        pass
    message = str(caught.value)
    assert f"process {holder.pid} on {socket.gethostname()} since 20" in message
    assert str(tmp_path) in message
    assert "--out" in message
    assert caught.value.exit_code == 2


def test_that_a_folder_is_held_is_told_before_anything_is_begun(tmp_path):
    check_free(tmp_path / "not there")
    check_free(tmp_path)
    assert not list(tmp_path.iterdir())
    with held(tmp_path) as holder:
        before = (tmp_path / ".lock").read_bytes()
        with pytest.raises(StoreLockedError, match=f"process {holder.pid} on .* since 20.* --out"):
            check_free(tmp_path)
        assert (tmp_path / ".lock").read_bytes() == before
    check_free(tmp_path)


def test_being_refused_leaves_the_holder_in_place(tmp_path):
    with held(tmp_path) as holder:
        before = (tmp_path / ".lock").read_bytes()
        for _ in range(2):
            with pytest.raises(StoreLockedError, match=str(holder.pid)), exclusive(tmp_path):
                pass
        assert (tmp_path / ".lock").read_bytes() == before


@pytest.mark.parametrize("ending", ["as it should", "killed"])
def test_the_lock_goes_with_the_process(tmp_path, ending):
    with held(tmp_path) as holder:
        if ending == "killed":
            holder.send_signal(signal.SIGKILL)
    assert holder.returncode == (-signal.SIGKILL if ending == "killed" else 0)
    assert (tmp_path / ".lock").exists()
    with exclusive(tmp_path):
        assert f'"pid": {os.getpid()}' in (tmp_path / ".lock").read_text()


def test_the_lock_goes_when_what_it_guards_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path):
        raise ZeroDivisionError
    with exclusive(tmp_path):
        pass


def test_a_folder_is_held_once_within_a_process_too(tmp_path):
    with exclusive(tmp_path):
        with pytest.raises(StoreLockedError, match=str(os.getpid())), exclusive(tmp_path):
            pass
        # and the refusal has not let go of it
        with pytest.raises(StoreLockedError), exclusive(tmp_path):
            pass


def test_folders_do_not_hold_up_each_other(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with exclusive(tmp_path / "a"), exclusive(tmp_path / "b"):
        pass


@pytest.mark.parametrize("left", [b"", b"{", b"[1]", b"\xff", b'{"pid": 1}', b"x" * 10_000])
def test_a_holder_that_has_not_said_who_it_is_is_another_process(tmp_path, left):
    with held(tmp_path):
        (tmp_path / ".lock").write_bytes(left)
        with pytest.raises(StoreLockedError, match="by another process"), exclusive(tmp_path):
            pass


def test_what_an_earlier_holder_left_is_replaced_whole(tmp_path):
    (tmp_path / ".lock").write_bytes(b"x" * 5000)
    with exclusive(tmp_path):
        assert len((tmp_path / ".lock").read_bytes()) < 200


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"absent.*--out"), exclusive(tmp_path / "absent"):
        pass


def test_a_disk_without_room_for_the_name_does_not_stop_the_holder(tmp_path, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with (
        exclusive(tmp_path),
        pytest.raises(StoreLockedError, match="another process"),
        exclusive(tmp_path),
    ):
        pass


def test_a_file_system_without_locks_is_not_taken_for_a_locked_one(tmp_path, monkeypatch):
    import fcntl

    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with exclusive(tmp_path):
        pass


def test_no_name_is_left_behind(tmp_path):
    with exclusive(tmp_path):
        assert socket.gethostname() in (tmp_path / ".lock").read_text()
    assert (tmp_path / ".lock").read_bytes() == b""


def test_whether_a_folder_is_held_can_be_asked_without_changing_it(tmp_path):
    assert is_held(tmp_path) is False
    assert list(tmp_path.iterdir()) == []
    with held(tmp_path):
        before = (tmp_path / ".lock").read_bytes()
        assert is_held(tmp_path) is True
        assert (tmp_path / ".lock").read_bytes() == before
    assert is_held(tmp_path) is False


class Bytes:
    """Locks bytes as Windows does: by file and place, until the handle is closed or unlocked."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.taken: dict[tuple[int, int], int] = {}

    def locking(self, handle: int, mode: int, length: int) -> None:
        assert (mode, length) == (self.LK_NBLCK, 1)
        place = (os.fstat(handle).st_ino, os.lseek(handle, 0, os.SEEK_CUR))
        assert place[1] >= 1 << 20, "who reads the holder's name must not meet the lock"
        if place in self.taken:
            raise PermissionError(13, "Permission denied")
        self.taken[place] = handle


@pytest.fixture
def windows(monkeypatch) -> Bytes:
    """What this module can see of Windows."""
    for name in ("pwrite", "pread"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    locks = Bytes()
    monkeypatch.setitem(sys.modules, "msvcrt", locks)
    return locks


def test_windows_locks_too(tmp_path, windows):
    with exclusive(tmp_path):
        assert len(windows.taken) == 1
        with (
            pytest.raises(StoreLockedError, match=f"process {os.getpid()} on"),
            exclusive(tmp_path),
        ):
            pass
        assert is_held(tmp_path) is True
    windows.taken.clear()  # as closing the handle does
    assert is_held(tmp_path) is False


def test_a_platform_without_any_locks_is_not_taken_for_a_locked_one(tmp_path, monkeypatch):
    for name in ("fcntl", "msvcrt"):
        monkeypatch.setitem(sys.modules, name, None)
    with exclusive(tmp_path):
        assert is_held(tmp_path) is None
