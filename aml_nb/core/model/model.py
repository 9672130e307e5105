"""Model: the registry of a workspace.

Scripts inside a service import this too, so it loads nothing heavy; the database is reached where it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.errors import ServiceException, WebserviceException

if TYPE_CHECKING:
    import builtins
    from datetime import datetime
    from pathlib import Path

    from aml_nb.core.store.artifacts import Digest
    from aml_nb.core.workspace import Workspace


class Model:
    """A registered model: a name, a version, files, and what was said of them.

    ``Model(ws, 'iris')`` gets the newest version that matches.

    Parameters
    ----------
    workspace : whose registry.
    name, id, version : which model; ``id`` is ``name:version``. One of name and id is needed.
    tags, properties : lists of ``key`` or ``[key, value]`` that the model must have.
    run_id, model_framework : what the model must have been registered with.
    expand : taken for v1's sake.

    Raises
    ------
    WebserviceException : no such model.
    """

    class Framework:
        """The frameworks that v1 knows."""

        CUSTOM = "Custom"
        TENSORFLOW = "TensorFlow"
        SCIKITLEARN = "ScikitLearn"
        ONNX = "Onnx"
        TFKERAS = "TfKeras"
        PYTORCH = "PyTorch"
        MULTI = "Multi"

    workspace: Workspace
    name: str
    id: str
    version: int
    created_time: datetime
    created_by: str
    description: str | None
    mime_type: str
    tags: dict[str, str]
    properties: dict[str, str]
    unpack: bool
    url: str
    model_framework: str | None
    model_framework_version: str | None
    experiment_name: str | None
    run_id: str | None
    resource_configuration: Any
    parent_id: str | None
    derived_model_ids: builtins.list[str] | None
    _samples: dict[str, Any]
    _dataset_ids: dict[str, builtins.list[str]]
    _sample_ids: dict[str, str | None]

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Any = None,
        properties: Any = None,
        version: int | None = None,
        run_id: str | None = None,
        model_framework: str | None = None,
        expand: bool = True,
        **kwargs: Any,
    ) -> None:
        from aml_nb.core.model import rows as model_rows

        model_rows.fetch(self, workspace, name, id, tags, properties, version, run_id, model_framework)

    @property
    def run(self) -> Any:
        """The run that the model came from; None where there is none, or where it was deleted."""
        if self.run_id is None:
            return None
        from aml_nb.core.runs.run import Run

        try:
            return Run.get(self.workspace, self.run_id)
        except ServiceException:
            return None

    @property
    def datasets(self) -> dict[str, builtins.list[Any]]:
        """The datasets that it was registered with, by purpose; the id of one that is not known here any more."""
        return {purpose: [self._dataset(identity) for identity in ids] for purpose, ids in self._dataset_ids.items()}

    @property
    def sample_input_dataset(self) -> Any:
        """The dataset that shows what it takes, or None."""
        return self._dataset(self._sample_ids["input"])

    @property
    def sample_output_dataset(self) -> Any:
        """The dataset that shows what it gives, or None."""
        return self._dataset(self._sample_ids["output"])

    def _dataset(self, identity: str | None) -> Any:
        from aml_nb.core.data.datasets.registry import DatasetNotFoundError, get_by_id

        try:
            return None if identity is None else get_by_id(self.workspace, identity)
        except DatasetNotFoundError:
            return identity

    def __repr__(self) -> str:
        return (
            f"Model(workspace={self.workspace!r}, name={self.name}, id={self.id}, version={self.version}, "
            f"tags={self.tags}, properties={self.properties})"
        )

    @staticmethod
    def register(
        workspace: Workspace,
        model_path: str,
        model_name: str,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        datasets: builtins.list[tuple[str, Any]] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: builtins.list[str] | None = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
    ) -> Model:
        """Register a file or a folder as the next version of ``model_name``.

        Parameters
        ----------
        workspace : whose registry.
        model_path : the file or folder, anywhere. v1's last release refuses a path outside the current folder;
            the ones before did not, and notebooks of every age run here.
        model_name : 1 to 255 letters, digits, dashes, dots and underscores.
        tags, properties : dictionaries; properties cannot be changed later.
        description : any text.
        datasets : (purpose, dataset) pairs.
        model_framework, model_framework_version : one of ``Model.Framework``, and its version.
        child_paths : with a folder as ``model_path``: take only these files and folders of it.
        sample_input_dataset, sample_output_dataset : datasets that show what goes in and comes out; a DataFrame, an
            array or a list of rows does as well.
        resource_configuration : what the model needs to run.

        Raises
        ------
        WebserviceException : a bad name, a path that is not there (a FileNotFoundError too), or arguments that
            do not fit together.
        """
        from aml_nb.core.model import register as model_register

        return model_register.register(
            workspace,
            model_path,
            model_name,
            tags=tags,
            properties=properties,
            description=description,
            datasets=datasets,
            model_framework=model_framework,
            model_framework_version=model_framework_version,
            child_paths=child_paths,
            sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset,
            resource_configuration=resource_configuration,
        )

    @staticmethod
    def get_model_path(model_name: str, version: int | None = None, _workspace: Workspace | None = None) -> str:
        """The path of a registered model's file or folder.

        In a service that is where the service keeps it. In a notebook the model comes from ``_workspace``, or
        from the workspace that was opened last, and is copied to ``azureml-models/<name>/<version>``. Else the
        copy in ``azureml-models`` or ``./<model_name>`` is taken.

        Parameters
        ----------
        model_name : the name it was registered under.
        version : an int; the newest when left out.

        Raises
        ------
        ModelNotFoundException
            It is nowhere; the message lists every place that was looked at. Where ``version`` or ``_workspace`` was
            given, the error is a WebserviceException too, as in v1.
        """
        from aml_nb.core.model import path as model_path

        return model_path.find(model_name, version, _workspace)

    @staticmethod
    def list(
        workspace: Workspace,
        name: str | None = None,
        tags: Any = None,
        properties: Any = None,
        run_id: str | None = None,
        latest: bool = False,
        dataset_id: str | None = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: str | None = None,
    ) -> builtins.list[Model]:
        """The models that match everything given, newest first.

        Parameters
        ----------
        tags, properties : lists of ``key`` or ``[key, value]``.
        latest : only the newest version of each name.
        dataset_id : models registered with that dataset.
        page_count : taken for v1's sake; 20 to 255.

        Raises
        ------
        UserErrorException : tags are no list, or page_count is out of bounds.
        """
        from aml_nb.core.model import rows as model_rows

        return model_rows.listed(
            workspace, name, tags, properties, run_id, latest, dataset_id, page_count, model_framework
        )

    def download(self, target_dir: str = ".", exist_ok: bool = False, exists_ok: bool | None = None) -> str:
        """Copy the model's file or folder to ``target_dir`` and return its path.

        Raises
        ------
        WebserviceException : it is there already and ``exist_ok`` is False.
        """
        from aml_nb.core.model import download as model_files

        return model_files.download(self, target_dir, exist_ok, exists_ok)

    def serialize(self) -> dict[str, Any]:
        """v1's JSON form."""
        from aml_nb.core.model import rows as model_rows

        return model_rows.serialize(self)

    @staticmethod
    def deserialize(workspace: Workspace, model_payload: dict[str, Any]) -> Model:
        """The model that ``serialize`` described."""
        from aml_nb.core.model import rows as model_rows

        return model_rows.deserialize(workspace, model_payload)

    def update(
        self,
        tags: dict[str, str] | None = None,
        description: str | None = None,
        sample_input_dataset: Any = None,
        sample_output_dataset: Any = None,
        resource_configuration: Any = None,
    ) -> None:
        """Replace what is given; ``tags`` replaces all tags."""
        from aml_nb.core.model import update as model_update

        model_update.update(
            self, tags, description, sample_input_dataset, sample_output_dataset, resource_configuration
        )

    def update_tags_properties(
        self,
        add_tags: dict[str, str] | None = None,
        remove_tags: builtins.list[str] | None = None,
        add_properties: dict[str, str] | None = None,
    ) -> None:
        """Remove tags, then add tags and properties, all at once."""
        from aml_nb.core.model import update as model_update

        model_update.tags_properties(self, add_tags or {}, remove_tags or [], add_properties or {})

    def add_tags(self, tags: dict[str, str]) -> None:
        """Add tags; one that is there is replaced, and that is said."""
        self.update_tags_properties(add_tags=tags)
        print("Model tag add operation complete.")

    def remove_tags(self, tags: builtins.list[str]) -> None:
        """Remove tags by key; one that is not there is said."""
        self.update_tags_properties(remove_tags=tags)
        print("Model tag remove operation complete.")

    def add_properties(self, properties: dict[str, str]) -> None:
        """Add properties; WebserviceException when one of them is there already."""
        self.update_tags_properties(add_properties=properties)
        print("Model properties add operation complete.")

    def add_dataset_references(self, datasets: builtins.list[tuple[str, Any]]) -> None:
        """Add (purpose, dataset) pairs."""
        from aml_nb.core.model import update as model_update

        model_update.add_datasets(self, datasets)

    def delete(self) -> None:
        """Delete this version and the bytes that nothing else uses.

        Raises
        ------
        WebserviceException : an image or a web service uses it (``status_code`` 412).
        """
        from aml_nb.core.model import update as model_update

        model_update.delete(self)

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        models: builtins.list[Any],
        inference_config: Any = None,
        deployment_config: Any = None,
        deployment_target: Any = None,
        overwrite: bool = False,
        show_output: bool = False,
    ) -> Any:
        """Deploy models as a web service and return it while it starts.

        Parameters
        ----------
        name : 3 to 32 lower case letters, digits and dashes.
        models : the models that the entry script loads.
        inference_config : the entry script and its environment; not needed for one scikit-learn or ONNX model.
        deployment_config : ``LocalWebservice``, ``AciWebservice`` or ``AksWebservice.deploy_configuration(...)``.
        deployment_target : an AksCompute.
        overwrite : replace the service of that name; on ACI and AKS one that serves does so until the new one can.
        show_output : print what is deployed.

        Raises
        ------
        WebserviceException : a bad name, a name that is taken, or arguments that do not fit together.
        """
        from aml_nb.core.deprecation import warn_of_the_end
        from aml_nb.core.webservice import deploy

        warn_of_the_end("Model.deploy", "an online endpoint with a ManagedOnlineDeployment")
        return deploy.deploy_model(
            workspace, name, models, inference_config, deployment_config, deployment_target, overwrite, show_output
        )

    @staticmethod
    def print_configuration(
        models: builtins.list[Any], inference_config: Any, deployment_config: Any, deployment_target: Any
    ) -> None:
        """Print what ``deploy`` would deploy."""
        from aml_nb.core.webservice import deploy

        deploy.print_configuration(models, inference_config, deployment_config, deployment_target)

    @staticmethod
    def package(
        workspace: Workspace,
        models: builtins.list[Any],
        inference_config: Any = None,
        generate_dockerfile: bool = False,
        image_name: str | None = None,
        image_label: str | None = None,
    ) -> Any:
        """Begin to make a package: a Docker image, or a Dockerfile with its context, that runs without the workspace.

        Parameters
        ----------
        models : registered models.
        inference_config : the entry script and its environment; not needed for one scikit-learn or ONNX model.
        generate_dockerfile : a Dockerfile with its context, for which no Docker is needed here.
        image_name, image_label : what the image is called; ``package`` and the time when None.

        Returns
        -------
        ModelPackage : ``wait_for_creation(show_output=True)`` follows it.

        Raises
        ------
        WebserviceException : a bad name, a model that is not registered, or no Docker for an image.
        """
        from aml_nb.core.image import packaging

        return packaging.package(workspace, models, inference_config, generate_dockerfile, image_name, image_label)

    @staticmethod
    def profile(
        workspace: Workspace,
        profile_name: str,
        models: builtins.list[Any],
        inference_config: Any,
        input_dataset: Any = None,
        cpu: float | None = None,
        memory_in_gb: float | None = None,
        description: str | None = None,
        *,
        input_data: Any = None,
        loads: builtins.list[int] | None = None,
        seconds: float | None = None,
    ) -> Any:
        """Measure how much CPU and memory a service of these models needs, and return while it is measured.

        The models and the script are deployed as a service of its own, which answers the requests of 1, 2, 4, …
        clients at once until more clients bring no more answers, and is removed. The result is a ModelProfile.

        Parameters
        ----------
        profile_name : letters, digits, dashes, dots and underscores; a profile of that name is replaced.
        models : the models that the entry script loads.
        inference_config : the entry script and its environment.
        input_dataset : the requests: the text of one, a list of them, a table with one column whose rows are the
            bodies, or the path of a file or folder; a .jsonl, .txt or .csv has one a line.
        cpu, memory_in_gb : what the service may use, where the engine can hold it to that; 0.1 to 3.5 cores and
            0.1 to 15 GB. As much as there is when None.
        description : any text.
        input_data : what v1's first releases called ``input_dataset``.
        loads : the numbers of clients; 1, 2, 4, 8, 16 and 32 when None.
        seconds : how long each of them sends; 2 when None.

        Raises
        ------
        WebserviceException : a bad name or limit, or the profile is being measured now.
        UserErrorException : there is nothing that requests can be made of.
        """
        from aml_nb.core.profile import create

        requests = input_data if input_dataset is None else input_dataset
        return create.profile(
            workspace, profile_name, models, inference_config, requests, cpu, memory_in_gb, description, loads, seconds
        )

    def get_sas_urls(self) -> dict[str, str]:
        """Where each of the model's files can be read: a URL by the name that ``download`` gives the file.

        ``file://`` where the workspace keeps its files on this machine; signed for an hour or so where its storage
        signs.
        """
        return {path: self.workspace._artifacts.url(digest) for path, digest in self._files()}

    def _files(self) -> builtins.list[tuple[str, Digest]]:
        """(path below ``azureml-models/<name>/<version>``, digest) of each file."""
        from aml_nb.core.model import rows as model_rows

        return model_rows.registry(self.workspace).files(self.name, self.version)

    def _materialise(self, folder: Path, link: bool = False) -> None:
        """Put the files below ``folder``; ``link`` as in ``ArtifactStore.materialise``."""
        files = self._files()
        if not files:
            raise WebserviceException(
                f"The model {self.id} was deleted meanwhile.", status_code=404, hint=f"Model(ws, {self.name!r})"
            )
        folder.mkdir(parents=True, exist_ok=True)
        for path, digest in files:
            self.workspace._artifacts.materialise(digest, folder / path, link)

    def _key(self) -> str:
        """What tells this model from another of the same name and version."""
        return f"{self.workspace._id} {self.id}"
