"""What the deployment configurations take, refuse and print."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.webservice import AciWebservice, AksWebservice, LocalWebservice
from aml_nb.errors import WebserviceException
from tests.certificates import make

ACI, AKS, LOCAL = (c.deploy_configuration for c in (AciWebservice, AksWebservice, LocalWebservice))


def test_everything_is_none_until_it_is_given() -> None:
    for made in (ACI(), AKS(), LOCAL()):
        assert {v for k, v in vars(made).items() if not k.startswith("_")} == {None}


@pytest.mark.parametrize("port", [0, -1, 65536, "8890", 80.5, True])
def test_a_port_that_is_none(port: Any) -> None:
    with pytest.raises(WebserviceException, match="port must be a whole number"):
        LOCAL(port=port)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cpu_cores": 0}, "cpu_cores must be greater than zero"),
        ({"memory_gb": -1}, "memory_gb must be greater than zero"),
        ({"cpu_cores": "1"}, "cpu_cores must be greater than zero"),
        ({"ssl_enabled": True}, "must provide a SSL certificate, key, and cname"),
        (
            {"ssl_enabled": True, "ssl_cert_pem_file": "c", "ssl_key_pem_file": "k", "ssl_cname": "n"},
            "unable to find SSL",
        ),
        ({"cmk_key_name": "key"}, "given together or not at all"),
        ({"vnet_name": "net"}, "vnet_name and subnet_name"),
        ({"subnet_name": "net"}, "vnet_name and subnet_name"),
        ({"tags": ["a"]}, "tags must be a dictionary"),
        ({"primary_key": ""}, "primary_key must be a string"),
    ],
)
def test_what_aci_refuses(options: dict[str, Any], told: str) -> None:
    with pytest.raises(WebserviceException, match=told):
        ACI(**options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"autoscale_enabled": True, "num_replicas": 2}, "autoscale enabled and num_replicas provided"),
        ({"autoscale_enabled": False}, "autoscale disabled but num_replicas not provided"),
        ({"autoscale_min_replicas": 2}, "autoscale options provided without enabling autoscale"),
        ({"autoscale_enabled": True, "autoscale_min_replicas": 5, "autoscale_max_replicas": 2}, "is above"),
        ({"autoscale_enabled": True, "autoscale_target_utilization": 101}, "percentage"),
        ({"auth_enabled": True, "token_auth_enabled": True}, "cannot both be True"),
        ({"num_replicas": 0}, "num_replicas must be greater than zero"),
        ({"max_request_wait_time": -1}, "max_request_wait_time"),
        ({"cpu_cores": 2, "cpu_cores_limit": 1}, "cpu_cores_limit must be greater than or equal to cpu_cores"),
        ({"namespace": "Not A Namespace"}, "namespace is invalid"),
    ],
)
def test_what_aks_refuses(options: dict[str, Any], told: str) -> None:
    with pytest.raises(WebserviceException, match=told):
        AKS(**options)


def test_complaints_come_together_a_line_each() -> None:
    with pytest.raises(WebserviceException) as caught:
        AKS(cpu_cores=-1, autoscale_enabled=True, num_replicas=2, auth_enabled=True, token_auth_enabled=True)
    assert len(caught.value.message.splitlines()) == 3


def test_what_goes_together_is_accepted() -> None:
    AKS(autoscale_enabled=True, autoscale_min_replicas=2, autoscale_max_replicas=2)
    AKS(autoscale_enabled=False, num_replicas=3, gpu_cores=0, max_request_wait_time=0, initial_delay_seconds=0)
    AKS(token_auth_enabled=True, namespace="team-a", cpu_cores=1, cpu_cores_limit=1)
    ACI(cmk_vault_base_url="u", cmk_key_name="n", cmk_key_version="v", vnet_name="n", subnet_name="s")


def test_ssl_files_that_are_there(tmp_path: Path) -> None:
    files = make(tmp_path, cname="example.org")
    options = {"ssl_enabled": True, "ssl_cert_pem_file": files.certificate, "ssl_key_pem_file": files.key}
    assert ACI(**options, ssl_cname="example.org").ssl_cname == "example.org"
    with pytest.raises(WebserviceException, match="not made for the name example.com"):
        ACI(**options, ssl_cname="example.com")


def test_requirements_are_printed_as_v1_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    ACI(cpu_cores=1, memory_gb=1).print_deploy_configuration()
    AKS(cpu_cores=1, memory_gb=1, num_replicas=3).print_deploy_configuration()
    assert capsys.readouterr().out == (
        "CPU requirement: 1, Memory requirement: 1GB\n"
        "CPU requirement: 1, Memory requirement: 1GB, Number of replicas: 3\n"
    )


def test_keys_are_not_shown() -> None:
    shown = repr(ACI(primary_key="secret-one", secondary_key="secret-two", cpu_cores=1))
    assert "secret" not in shown and "cpu_cores=1" in shown
