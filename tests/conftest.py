"""Shared by all tests.

With ``MORES_REQUIRE_EXTRAS=1`` what lacks a package or a browser fails. ``MORES_TEST_KILLS=10`` has
actors and drivers of clusters killed ten times each, not three (``tests/workflow/test_kills.py``).
"""

import os
from pathlib import Path

import pytest

SLOW = ("workflow", "cli", "report", "studies", "models", "fieldwork")
"""Folders whose tests are begun first, so that what comes last is short."""
REQUIRED = os.environ.get("MORES_REQUIRE_EXTRAS") == "1"
LACKING = ("could not import", "needs a browser")


def missing_extra(report) -> bool:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return REQUIRED and report.skipped and any(words in reason for words in LACKING)


def pytest_collection_modifyitems(items) -> None:
    here = Path(__file__).parent
    place = {name: number for number, name in enumerate(SLOW)}
    items.sort(key=lambda item: place.get(item.path.relative_to(here).parts[0], len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file's tests go to one process: runs and clusters that they share are made once."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False  # it would begin with the files of the most tests
    return LoadFileScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if missing_extra(report):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if missing_extra(report):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session", autouse=True)
def _data_directory(tmp_path_factory):
    """Data sets of all workers lie in one temporary folder, not in the user's."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MORES_DATA_DIR", str(shared / "mores-data"))
        yield


@pytest.fixture(autouse=True)
def _no_surroundings(_data_directory, monkeypatch):
    """No key, proxy or setting of whoever runs the tests reaches a test."""
    for name in list(os.environ):
        upper = name.upper()
        if upper == "MORES_DATA_DIR":
            continue
        if upper.endswith(("_API_KEY", "_BASE_URL", "_PROXY")) or upper.startswith("MORES_"):
            monkeypatch.delenv(name)
