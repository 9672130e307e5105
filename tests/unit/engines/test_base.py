"""Specifications travel as JSON; what an engine lacks is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from aml_nb.engines.base import Certificate, ModelFiles, Packages, Probe, Scaling, ServiceSpec
from aml_nb.engines.process import ProcessEngine

SPEC = ServiceSpec(
    "iris",
    "iris",
    "AKS",
    "score.py",
    "/usr/bin/python3",
    models=(ModelFiles("iris", "1", (("model.pkl", "ab" * 32),)), ModelFiles("loose", "0", source="/tmp/m")),
    environment_variables={"A": "1"},
    replicas=2,
    scaling=Scaling(2, 10),
    probe=Probe(failure=5),
    certificate=Certificate("/c.pem", "/k.pem", "iris.example"),
    packages=Packages("ab", requirements=("numpy",), options=("--pre",)),
)


def test_a_specification_comes_back_from_json() -> None:
    data = json.loads(json.dumps(SPEC.to_dict()))
    assert ServiceSpec.from_dict(data) == SPEC
    assert ServiceSpec.from_dict({**data, "of_a_newer_version": 1}) == SPEC


def test_what_cannot_be_enforced_is_told(tmp_path: Path) -> None:
    engine = ProcessEngine(tmp_path, lambda digest, target: None)
    told = "\n".join(engine.missing(replace(SPEC, gpu=1, cpu=2, memory_gb=4)))
    assert "cpu 2 and memory 4 GB noted, not enforced" in told
    assert "gpu 1" in told
    assert engine.missing(replace(SPEC, kind="LOCAL", scaling=None)) == []
