"""One Ray for each file's tests."""

import sys
from pathlib import Path

import pytest

for folder in (Path(__file__).parent, *Path(__file__).parents[1:3]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@pytest.fixture(scope="module")
def ray():
    """A Ray of two processors on this machine."""
    ray = pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        patch.delenv("RAY_ADDRESS", raising=False)
        ray.init(
            address="local",
            num_cpus=4,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="critical",
            object_store_memory=2**28,
        )
        yield ray
        ray.shutdown()
