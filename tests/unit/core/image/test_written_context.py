"""A written context starts from the image that it says it does."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aml_nb.core.image import context
from aml_nb.core.webservice import services
from aml_nb.engines.base import Packages, ServiceSpec
from aml_nb.engines.docker import context as written
from aml_nb.engines.docker import saved_base

V1S = "mcr.microsoft.com/azureml/openmpi3.1.2-ubuntu18.04"


@pytest.mark.parametrize(("base", "interpreter"), [("usual:1", None), (V1S, "/opt/miniconda/bin/python")])
def test_one_of_v1s_that_cannot_be_had_is_left_out_with_its_interpreter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: str, interpreter: str | None
) -> None:
    given = Packages("d", base_image=V1S, interpreter="/opt/miniconda/bin/python", requirements=("six",))
    spec = ServiceSpec(handle="a", name="a", kind="IMAGE", entry_script="score.py", python="", packages=given)
    taken: list[Packages] = []

    def write_context(spec: ServiceSpec, *_: Any) -> None:
        assert spec.packages is not None
        taken.append(spec.packages)

    monkeypatch.setattr(context, "spec_of", lambda *_: spec)
    monkeypatch.setattr(saved_base, "saved_base", lambda *_: base)
    monkeypatch.setattr(written, "write_context", write_context)
    monkeypatch.setattr(services, "fetch", lambda *_: None)
    workspace: Any = SimpleNamespace(_folder=tmp_path)
    context.write(workspace, {}, None, tmp_path / "c", print)  # type: ignore[arg-type]
    assert [(each.base_image, each.interpreter) for each in taken] == [(base, interpreter)]
