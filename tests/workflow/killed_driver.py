"""A driver to be killed: python killed_driver.py ADDRESS FOLDER STUDY SAMPLE OUT."""

import sys
from pathlib import Path

import ray

import mores.models.cluster.model as cluster_model
from mores.models.cluster import ray_session
from mores.workflow import run

sys.path.insert(0, str(Path(__file__).parents[1]))

from workflow import noting_model

address, folder, study, sample, out = sys.argv[1:]
ray.cloudpickle.register_pickle_by_value(noting_model)
ray_session._probe = lambda address: None  # it is there: this is faster
cluster_model.clustered = noting_model.clustered_to(Path(folder))
run(study, out=out, sample=int(sample), cluster=address, model_replicas=2)
