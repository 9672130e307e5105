"""AzureBatchStep: refused, for it runs a program on Azure Batch."""

from __future__ import annotations

from typing import Any

from aml_nb.core.pipelines.elsewhere.refusing import refusal
from aml_nb.core.pipelines.step import PipelineStep

_WHAT = "a program on Azure Batch"
_HINT = "CommandStep(command='…', compute_target='local')"


class _AzureBatchStepBase(PipelineStep):
    """What AzureBatchStep is made of in v1.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """

    def __init__(
        self,
        name: Any,
        create_pool: Any = False,
        pool_id: Any = None,
        delete_batch_job_after_finish: Any = True,
        delete_batch_pool_after_finish: Any = False,
        is_positive_exit_code_failure: Any = True,
        vm_image_urn: Any = "urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter",
        run_task_as_admin: Any = False,
        target_compute_nodes: Any = 1,
        vm_size: Any = "standard_d1_v2",
        source_directory: Any = None,
        executable: Any = None,
        arguments: Any = None,
        inputs: Any = None,
        outputs: Any = None,
        allow_reuse: Any = True,
        compute_target: Any = None,
        version: Any = None,
    ) -> None:
        raise refusal("AzureBatchStep", _WHAT, _HINT)


class AzureBatchStep(_AzureBatchStepBase):
    """In v1 a step that runs a program on Azure Batch.

    Raises
    ------
    NotAvailableError : always; the hint says what does the same.
    """
