"""Publishing versions of modules: Python scripts; words for what v1 runs on services of Azure."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, NoReturn

from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.errors import PipelineError
from aml_nb.core.pipelines.module_version import ModuleVersion, described_arguments, described_ports
from aml_nb.core.pipelines.port_defs import InputPortDef, OutputPortDef
from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.workspace import Workspace


class Publishing:
    """The part of a Module that makes versions of it."""

    _workspace: Workspace
    _id: str
    _name: str

    def _take(self, payload: dict[str, Any]) -> None:
        """Know what the workspace keeps now."""
        raise NotImplementedError

    def publish_python_script(
        self,
        script_name: str,
        description: str,
        inputs: Any,
        outputs: Any,
        params: Any = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        source_directory: Any = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
    ) -> ModuleVersion:
        """Publish a script as a version of this module; its folder is kept as it is now.

        Parameters
        ----------
        script_name, source_directory : the script, and the folder that it lies in.
        description, category : of the version.
        inputs, outputs : lists of InputPortDef and OutputPortDef.
        params : what the script is told, with defaults: ``{"rate": 0.1}``.
        version : its name; the next number when left out.
        is_default : steps that name no version use it.
        arguments : of the script, in which the inputs and outputs may stand; a step may have its own.
        runconfig : a RunConfiguration for steps that have none.
        create_sequencing_ports, hash_paths : taken for v1's sake.

        Raises
        ------
        PipelineError : the script is not there, or there is such a version.
        """
        from aml_nb.core.pipelines.building import NodeContext
        from aml_nb.core.pipelines.script_step import PythonScriptStep

        context = NodeContext(self._workspace, [], keep=True)
        looking = PythonScriptStep(script_name, name=self._name, runconfig=runconfig)
        folder = looking.get_source_directory(context, source_directory, script_name)
        reads, writes = described_ports(inputs, InputPortDef), described_ports(outputs, OutputPortDef)
        entry: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "module_id": self._id,
            "description": description,
            "status": kept.ACTIVE,
            "category": category,
            "script": script_name,
            "source": context.snapshot(folder),
            "inputs": reads,
            "outputs": writes,
            "params": dict(params or {}),
            "arguments": described_arguments(arguments, reads, writes),
            "runconfig": None if runconfig is None else runconfig._to_json(),
            "created": int(time.time() * 1000),
        }

        def add(payload: dict[str, Any]) -> None:
            there = [each["version"] for each in payload["versions"]]
            chosen = _next(there) if version is None else str(version)
            if chosen in there:
                raise PipelineError(
                    f"The module {self._name!r} has a version {chosen} already.", hint="version='2', or leave it out"
                )
            entry["version"] = chosen
            payload["versions"].append(entry)
            if is_default or payload["default_version"] is None:
                payload["default_version"] = chosen

        self._take(kept.records(self._workspace, kept.MODULE).modify(self._id, add))
        return ModuleVersion(self._workspace, entry, entry["version"], None)

    def publish(
        self,
        description: str,
        execution_type: str,
        inputs: Any,
        outputs: Any,
        param_defs: Any = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        content_path: Any = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
        runconfig: Any = None,
    ) -> NoReturn:
        """Not here: a module is a Python script.

        Raises
        ------
        NotAvailableError : always.
        """
        raise _elsewhere(f"A module of the kind {execution_type!r} cannot be run here.")

    def publish_adla_script(
        self,
        script_name: str,
        description: str,
        inputs: Any,
        outputs: Any,
        params: Any = None,
        create_sequencing_ports: bool = True,
        degree_of_parallelism: Any = None,
        priority: Any = None,
        runtime_version: Any = None,
        compute_target: Any = None,
        version: str | None = None,
        is_default: bool = False,
        source_directory: Any = None,
        hash_paths: Any = None,
        category: str | None = None,
        arguments: Any = None,
    ) -> NoReturn:
        """Not here: it would run on Azure Data Lake Analytics.

        Raises
        ------
        NotAvailableError : always.
        """
        raise _elsewhere("U-SQL runs on Azure only.")

    def publish_azure_batch(
        self,
        description: str,
        compute_target: Any,
        inputs: Any,
        outputs: Any,
        params: Any = None,
        create_sequencing_ports: bool = True,
        version: str | None = None,
        is_default: bool = False,
        create_pool: bool = False,
        pool_id: Any = None,
        delete_batch_job_after_finish: bool = False,
        delete_batch_pool_after_finish: bool = False,
        is_positive_exit_code_failure: bool = True,
        vm_image_urn: str = "urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter",
        run_task_as_admin: bool = False,
        target_compute_nodes: int = 1,
        vm_size: str = "standard_d1_v2",
        executable: Any = None,
        source_directory: Any = None,
        category: str | None = None,
        arguments: Any = None,
    ) -> NoReturn:
        """Not here: it would run on Azure Batch.

        Raises
        ------
        NotAvailableError : always.
        """
        raise _elsewhere("Azure Batch is not reached from here.")


def _elsewhere(why: str) -> NotAvailableError:
    return NotAvailableError(
        why, hint="module.publish_python_script('script.py', 'what it does', inputs=[…], outputs=[…])"
    )


def _next(there: list[str]) -> str:
    """The number behind the highest."""
    return str(max((int(each) for each in there if each.isdigit()), default=0) + 1)
