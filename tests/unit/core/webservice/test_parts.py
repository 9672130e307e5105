"""The parts of a service's description and their serialised forms."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from aml_nb.core.webservice.container_resource_requirements import ContainerResourceRequirements
from aml_nb.core.webservice.parts import (
    AksServiceAccessToken,
    AutoScaler,
    DataCollection,
    EncryptionProperties,
    LivenessProbeRequirements,
    Part,
    VnetConfiguration,
)
from aml_nb.errors import WebserviceException

NOW = datetime(2020, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    "part",
    [
        ContainerResourceRequirements(1, 2, gpu=1, cpu_limit=2, memory_in_gb_limit=3),
        AutoScaler(True, 10, 1, 1, 70),
        LivenessProbeRequirements(10, 310, 2, 1, 3),
        DataCollection(True, False),
        EncryptionProperties("u", "n", "v"),
        VnetConfiguration("net", "sub"),
        AksServiceAccessToken("token", "Bearer", NOW, NOW),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_is_serialized_comes_back(part: Part) -> None:
    data = json.loads(json.dumps(part.serialize()))
    again = type(part).deserialize(data)
    assert type(again) is type(part)
    assert vars(again) == vars(part)
    assert type(part).deserialize(None) is None


def test_v1s_field_names() -> None:
    assert ContainerResourceRequirements(1, 2).serialize() == {
        "cpu": 1,
        "memoryInGB": 2,
        "gpu": None,
        "cpuLimit": None,
        "memoryInGBLimit": None,
    }
    assert list(AutoScaler(True, 10, 1, 1, 70).serialize()) == [
        "autoscaleEnabled",
        "maxReplicas",
        "minReplicas",
        "refreshPeriodInSeconds",
        "targetUtilization",
    ]


def test_a_payload_that_is_not_whole() -> None:
    with pytest.raises(WebserviceException, match="subnetName"):
        VnetConfiguration.deserialize({"vnetName": "net"})
    assert ContainerResourceRequirements.deserialize({"cpu": 1, "memoryInGB": 1}) is not None
