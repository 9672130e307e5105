"""Run: one attempt at something: its metrics, files, children and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aml_nb.core.runs.family import Family
from aml_nb.core.runs.folder import RunFolder
from aml_nb.core.runs.living import Living
from aml_nb.core.runs.metrics import Journal
from aml_nb.core.runs.reading import Reading
from aml_nb.core.runs.recording import Recording
from aml_nb.core.runs.shown import ShownRun
from aml_nb.core.runs.snapshots import Snapshots
from aml_nb.core.runs.tagging import Tagging
from aml_nb.core.runs.transfers import Transfers

if TYPE_CHECKING:
    from aml_nb.core.runs.experiment import Experiment
    from aml_nb.core.runs.files import RunFiles
    from aml_nb.core.runs.records import RunRecord, RunRecords
    from aml_nb.core.workspace import Workspace


class Run(Living, Recording, Reading, Transfers, Tagging, Family, Snapshots, ShownRun):
    """A run of an experiment.

    Parameters
    ----------
    experiment : the experiment it belongs to.
    run_id : its id; the run must exist.
    outputs : a folder whose files become the run's when it is completed.

    Raises
    ------
    ServiceException : there is no such run.
    """

    _in_script = False

    def __init__(self, experiment: Experiment, run_id: str, outputs: str | None = None, **kwargs: Any) -> None:
        self._experiment = experiment
        self._run_id = str(run_id)
        if kwargs.get("_run_dto") is None:
            self._look()
        if outputs:
            self._change(lambda fields: fields["payload"].update(outputs=outputs))

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False, **kwargs: Any) -> Any:
        """The run that this script is: the submitted one, or a stand-in that prints where there is none.

        Parameters
        ----------
        allow_offline : give a stand-in outside a submitted run, in place of an error.
        used_for_context_manager, kwargs : taken and not needed.

        Raises
        ------
        RunEnvironmentException : this is no submitted run, and ``allow_offline`` is False.
        """
        from aml_nb.core.runs.context import current

        return current(allow_offline)

    @classmethod
    def get_submitted_run(cls, **kwargs: Any) -> Any:
        """The older name of ``get_context``."""
        return cls.get_context(**kwargs)

    @staticmethod
    def get(workspace: Workspace, run_id: str) -> Any:
        """The run of an id.

        Raises
        ------
        ServiceException : there is no such run.
        """
        from aml_nb.core.runs.listing import get

        return get(workspace, run_id)

    @staticmethod
    def list(
        experiment: Experiment,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        status: str | None = None,
        include_children: bool = False,
        _rehydrate_runs: bool = True,
    ) -> Iterator[Any]:
        """The runs of an experiment, newest first, fetched as they are asked for.

        Parameters
        ----------
        experiment : whose runs.
        type, status : of the runs.
        tags, properties : a key, or a dictionary of keys and values.
        include_children : runs that have a parent too.
        """
        from aml_nb.core.runs.listing import listed

        wanted = {"tags": tags, "properties": properties, "run_type": type, "status": status}
        return listed(experiment, wanted, top=not include_children, rehydrate=_rehydrate_runs)

    @staticmethod
    def list_by_compute(
        compute: Any,
        type: str | None = None,
        tags: str | dict[str, Any] | None = None,
        properties: str | dict[str, Any] | None = None,
        status: str | None = None,
    ) -> Iterator[Any]:
        """The runs on a compute target, newest first.

        Parameters
        ----------
        compute : the compute target.
        type, status : of the runs.
        tags, properties : a key, or a dictionary of keys and values.
        """
        from aml_nb.core.runs.listing import on_compute

        wanted = {"tags": tags, "properties": properties, "run_type": type, "status": status}
        return on_compute(compute.workspace, compute.name, wanted)

    @staticmethod
    def add_type_provider(runtype: str, run_factory: Callable[..., Any]) -> None:
        """Have ``run_factory(experiment, run)`` make the objects for runs of a type.

        Raises
        ------
        UserErrorException : the factory cannot be called.
        """
        from aml_nb.core.runs.kinds import add_provider

        add_provider(runtype, run_factory)

    @property
    def id(self) -> str:
        """What the run is known by."""
        return self._run_id

    @property
    def experiment(self) -> Experiment:
        """The experiment it belongs to."""
        return self._experiment

    @property
    def name(self) -> str | None:
        """The older name of ``display_name``: what the run was named when it was made."""
        record = self._look()
        return record.payload.get("name") or record.display_name

    @property
    def type(self) -> str | None:
        """Which kind of run it is, such as ``azureml.scriptrun``; None for an interactive one."""
        return self._look().run_type

    @property
    def number(self) -> int:
        """Its number within the experiment, from 1 on."""
        return self._look().number

    def get_secret(self, name: str) -> str:
        """A secret of the workspace's keyvault.

        Parameters
        ----------
        name : of the secret.
        """
        value: str = self._workspace.get_default_keyvault().get_secret(name)
        return value

    def get_secrets(self, secrets: Any) -> dict[str, str]:
        """Secrets of the workspace's keyvault by their names.

        Parameters
        ----------
        secrets : their names.
        """
        values: dict[str, str] = self._workspace.get_default_keyvault().get_secrets(secrets)
        return values

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        datasets: Any = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Register a file or folder of the run as a model; it knows the run and experiment that it came from.

        A submitted run that is still going is waited for.

        Parameters
        ----------
        model_name : of the model.
        model_path : of the file or folder among the run's files; the model's name unless told.
        tags, properties, model_framework, model_framework_version, description : of the model.
        datasets : (purpose, dataset) pairs.
        sample_input_dataset, sample_output_dataset : examples of what the model takes and gives.
        resource_configuration : what the model needs to run.

        Raises
        ------
        ModelPathNotFoundException : the run has no such file; the message lists those that it has.
        """
        from aml_nb.core.runs.models import register

        return register(
            self,
            model_name,
            model_path,
            tags=tags,
            properties=properties,
            model_framework=model_framework,
            model_framework_version=model_framework_version,
            description=description,
            datasets=datasets,
            sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset,
            resource_configuration=resource_configuration,
        )

    @property
    def _workspace(self) -> Workspace:
        return self.experiment.workspace

    @cached_property
    def _folder(self) -> RunFolder:
        return RunFolder(self._workspace, self._run_id)

    @cached_property
    def _journal(self) -> Journal:
        return Journal(self._folder.metrics)

    @property
    def _records(self) -> RunRecords:
        from aml_nb.core.runs.records import RunRecords

        return RunRecords(self._workspace._store)

    @property
    def _files(self) -> RunFiles:
        from aml_nb.core.runs.files import RunFiles

        return RunFiles(self._workspace, self._run_id)

    def _look(self) -> RunRecord:
        """The run as it stands, one that lost its process marked so."""
        from aml_nb.core.runs.watch import look

        return look(self._workspace, self._run_id)

    def _change(self, function: Callable[[dict[str, Any]], None]) -> RunRecord:
        from aml_nb.core.runs.watch import not_found

        try:
            return self._records.change(self._run_id, function)
        except KeyError:
            raise not_found(self._workspace, self._run_id) from None
