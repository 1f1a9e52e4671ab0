"""A driver to be killed: python driver.py ADDRESS FOLDER STORE."""

import asyncio
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import answering

from mores.fieldwork.asking import Asking, ask_all
from mores.fieldwork.store import AnswerStore
from mores.models.cluster import ray_session
from mores.models.cluster.model import ClusterModel
from mores.models.cluster.placement import Cluster
from mores.studies.registry import load

PAUSE = 0.004


async def run(address: str, folder: Path, path: Path) -> None:
    def build(share: int) -> partial[answering.Answering]:
        return partial(answering.Answering, folder, pause=PAUSE)

    model = ClusterModel(answering.Answering(folder), Cluster(address, 2), build)
    study = load("value-action", {"sample": 3})
    try:
        await model.prepare()
        design = study.design(model)
        with AnswerStore(path, study.fingerprint() | {"model": model.identity}) as store:
            await ask_all(design, model, store, Asking(concurrency=model.lanes))
    finally:
        await model.close()


if __name__ == "__main__":
    import ray

    ray.cloudpickle.register_pickle_by_value(answering)
    ray_session._probe = lambda address: (
        None
    )  # that the cluster is there is known, and this is faster
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
