"""What a service runs, whatever carries it: models, script and interpreter."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

from aml_nb.core.image.specification import files_of, naming_line
from aml_nb.core.webservice import no_code
from aml_nb.core.webservice.services import Payload, spec_of
from aml_nb.engines.base import Engine, ModelFiles, Packages
from aml_nb.errors import UserErrorException, WebserviceException

_LOCAL_NAME_LENGTH = 30


@dataclass(frozen=True)
class Content:
    """Everything of a deployment but its target.

    ``python`` is the interpreter where the engine runs services in one; where it runs them in images, that is
    empty, and there are ``packages`` for an image to be built, or ``image`` for one that is there.
    """

    models: tuple[ModelFiles, ...]
    model_ids: tuple[str, ...]
    entry_script: str
    source_directory: str | None
    python: str
    environment_hash: str
    environment: dict[str, Any] | None
    environment_variables: dict[str, str]
    packages: Packages | None = None
    image: str | None = None
    notes: tuple[str, ...] = field(default=())
    beside: tuple[tuple[str, str], ...] = ()
    image_id: str | None = None
    image_digest: str | None = None
    specification: dict[str, str] = field(default_factory=dict)
    """The user's file with the packages, whose line an error names."""

    @classmethod
    def of_record(cls, record: Payload) -> Content:
        """What a service runs now."""
        spec = spec_of(record)
        return cls(
            spec.models,
            tuple(record.get("modelIds", ())),
            spec.entry_script,
            spec.source_directory,
            spec.python,
            spec.environment,
            record.get("environment"),
            dict(spec.environment_variables),
            spec.packages,
            spec.image,
            beside=spec.beside,
            image_id=record.get("imageId"),
            image_digest=record.get("imageDigest"),
        )

    def on(self, engine: Engine) -> Content:
        """The same, with what ``engine`` needs in place of what another one needed."""
        fits = self.packages or self.image if engine.builds_images else self.python
        if fits:
            return self
        environment = None
        if self.environment is not None:
            from aml_nb.core.environment import Environment

            environment = Environment._from_json(self.environment)
        return replace(self, **_run_in(engine, environment, self.source_directory, self.entry_script))

    def record_fields(self) -> dict[str, Any]:
        """What a service's record says of what it runs."""
        return {
            "modelIds": list(self.model_ids),
            "environment": self.environment,
            "imageId": self.image_id,
            "imageDigest": self.image_digest,
        }

    def spec_fields(self) -> dict[str, Any]:
        """The fields of a ServiceSpec that say what runs."""
        return {
            "models": self.models,
            "entry_script": self.entry_script,
            "source_directory": self.source_directory,
            "beside": self.beside,
            "python": self.python,
            "environment": self.environment_hash,
            "environment_variables": self.environment_variables,
            "packages": self.packages,
            "image": self.image,
        }


def gather(models: list[Any] | None, inference_config: Any, local: bool, engine: Engine) -> Content:
    """Resolve models and inference configuration; an interpreter for ``engine`` is made where it is not there yet.

    Raises
    ------
    WebserviceException : what is in ``models`` cannot be deployed.
    UserErrorException : the environment cannot be made, or a script is needed.
    """
    told: tuple[str, ...] = ()
    if inference_config is None:
        inference_config = no_code.configuration(checked_models(models))
        told = no_code.notes(checked_models(models)[0])
    check_configuration(inference_config)
    files, ids = gather_models(models, local)
    environment = inference_config._environment()
    source, script = inference_config.source_directory, _entry_script(inference_config)
    specification = files_of(environment)
    with naming_line(specification):
        where = _run_in(engine, environment, source, script)
    return Content(
        specification=specification,
        models=files,
        model_ids=ids,
        entry_script=script,
        source_directory=source,
        beside=inference_config._beside(),
        environment=None if environment is None else environment._to_json(),
        environment_variables={} if environment is None else dict(environment.environment_variables or {}),
        **{**where, "notes": (*told, *where["notes"])},
    )


def check_configuration(inference_config: Any) -> None:
    """Tell whoever gives a script's name, for instance, where a configuration is wanted."""
    if not hasattr(inference_config, "_environment"):
        raise WebserviceException(
            f"Error, inference_config takes an InferenceConfig, not {type(inference_config).__name__}.",
            hint="InferenceConfig(entry_script='score.py', environment=environment)",
        )


def gather_models(models: Any, local: bool) -> tuple[tuple[ModelFiles, ...], tuple[str, ...]]:
    """The files of the models, and the ids of those that are registered."""
    chosen = checked_models(models)
    files = tuple(_files(model, local) for model in chosen)
    _refuse_twice(files)
    return files, tuple(model.id for model in chosen if hasattr(model, "_files"))


def checked_models(models: Any) -> list[Any]:
    """The models as a list; one alone, or a name, is a slip that is told."""
    if models is None:
        return []
    if isinstance(models, (list, tuple)):
        return list(models)
    raise WebserviceException(
        f"models must be a list, not {type(models).__name__}.", hint="put it in brackets: [model]"
    )


def _files(model: Any, local: bool) -> ModelFiles:
    if hasattr(model, "_files"):
        files = tuple((path, digest.sha256) for path, digest in model._files())
        return ModelFiles(model.name, str(model.version), files)
    path = os.fspath(model) if isinstance(model, (str, os.PathLike)) else None
    if local and path is not None and os.path.exists(path):
        path = os.path.abspath(path)
        return ModelFiles(os.path.basename(path)[:_LOCAL_NAME_LENGTH], "0", source=path)
    if path is None:
        raise WebserviceException(
            f"models must hold Model objects, not {type(model).__name__}.", hint="Model(ws, 'name')"
        )
    what = f"there is no file {path!r}, and it is" if local else f"{path!r} is"
    raise WebserviceException(
        f"Error, {what} no registered model object.", hint=f"Model(ws, {path!r}), or Model.register(...)"
    )


def _refuse_twice(models: tuple[ModelFiles, ...]) -> None:
    places = [(model.name, model.version) for model in models]
    twice = {f"{name}:{version}" for name, version in places if places.count((name, version)) > 1}
    if twice:
        raise WebserviceException(
            f"Error, a model is there twice: {', '.join(sorted(twice))}.", hint="take each model once"
        )


def _entry_script(inference_config: Any) -> str:
    script: str = inference_config.entry_script
    return script if inference_config.source_directory is not None else os.path.abspath(script)


def _run_in(engine: Engine, environment: Any, source: str | None, script: str) -> dict[str, Any]:
    """The fields of a Content that say what its script runs in.

    v1 tells of an environment that cannot be built as a failed service.
    """
    from aml_nb.core.resolve import resolve_environment
    from aml_nb.core.resolve.extras import with_extras
    from aml_nb.core.resolve.image import packages_of

    try:
        if engine.builds_images:
            packages, notes = packages_of(environment, source, script)
            found = {"python": "", "environment_hash": packages.digest, "packages": packages, "image": None}
            return {**found, "notes": tuple(notes)}
        resolved = resolve_environment(with_extras(environment, source, script), progress=print)
    except UserErrorException as error:
        raise WebserviceException(error.message, hint=error.hint, source=error.source) from error
    found = {"python": resolved.python, "environment_hash": resolved.specification_hash}
    return {**found, "packages": None, "image": None, "notes": tuple(resolved.notes)}


def describe(models: list[Any], target: str | None, inference_config: Any) -> None:
    """Print models, target and script, as v1 does before a deployment."""
    names = [getattr(model, "name", model) for model in checked_models(models)]
    print(f"Models: {names}")
    if target is not None:
        print(f"Compute target: {target}")
    if inference_config is None:
        return
    print(f"Entry script: {inference_config.entry_script}")
    environment = inference_config._environment()
    packages = None if environment is None else environment.python.conda_dependencies
    if packages is not None:
        print(f"Environment dependencies: {packages.serialize_to_string()}")
