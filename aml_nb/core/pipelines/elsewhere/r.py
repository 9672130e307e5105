"""RScriptStep: refused, for it runs R in a container."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.elsewhere.refusing import refusal
from aml_nb.core.pipelines.script_step import _PythonScriptStepBase

_WHAT = "R in a container"
_HINT = "CommandStep(command='Rscript train.R', source_directory=…) where R is installed"


class RScriptStep(_PythonScriptStepBase):
    """In v1 a step that runs R in a container.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """

    def __init__(
        self,
        script_name: Any,
        name: Any = None,
        arguments: Any = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        params: Any = None,
        source_directory: Any = None,
        use_gpu: Any = False,
        custom_docker_image: Any = None,
        cran_packages: Any = None,
        github_packages: Any = None,
        custom_url_packages: Any = None,
        allow_reuse: Any = True,
        version: Any = None,
    ) -> None:
        raise refusal("RScriptStep", _WHAT, _HINT)
