"""ContainerImage: an image that answers requests over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.image.configuration import ContainerImageConfig
from aml_nb.core.image.image import Image
from aml_nb.core.image.parts import Asset, TargetRuntime

if TYPE_CHECKING:
    from aml_nb.core.environment.container_registry import ContainerRegistry
    from aml_nb.core.image import building

__all__ = ["ContainerImage", "ContainerImageConfig"]


class ContainerImage(Image):
    """An image with models, a script with ``init()`` and ``run()``, and an environment.

    Parameters
    ----------
    workspace : whose images.
    name, id, version : which image; ``id`` is ``name:version``. One of name and id is needed.
    tags, properties : lists of ``key`` or ``[key, value]`` that it must have.

    Raises
    ------
    WebserviceException
        No such image.
    """

    _image_flavor = "WebApiContainer"

    @staticmethod
    def image_configuration(  # type: ignore[override]
        execution_script: str,
        runtime: str,
        conda_file: str | None = None,
        docker_file: str | None = None,
        schema_file: str | None = None,
        dependencies: list[str] | None = None,
        enable_gpu: bool | None = None,
        tags: dict[str, str] | None = None,
        properties: dict[str, str] | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: ContainerRegistry | None = None,
        cuda_version: str | None = None,
    ) -> ContainerImageConfig:
        """How an image is to be made.

        Parameters
        ----------
        execution_script : the script with ``init()`` and ``run()``, in the current folder.
        runtime : ``python``; ``spark-py`` is taken and runs as Python.
        conda_file : a conda specification of the packages; without one, what is installed here.
        docker_file : steps to add to the image's Dockerfile. Processes leave it out, and say so.
        schema_file : JSON; it goes into the image beside the script. What ``swagger.json`` says comes from the
            script's own decorators.
        dependencies : files and folders that the script needs, which go beside it.
        enable_gpu, cuda_version : noted.
        tags, properties, description : of the image.
        base_image, base_image_registry : the image to begin with.

        Raises
        ------
        WebserviceException
            A file is not there, or values cannot go together.
        UserErrorException
            The script is no valid Python.
        """
        return ContainerImageConfig(
            execution_script,
            runtime,
            conda_file,
            docker_file,
            schema_file,
            dependencies,
            enable_gpu,
            tags,
            properties,
            description,
            base_image,
            base_image_registry,
            cuda_version=cuda_version,
        )

    def _take(self, record: building.Payload) -> None:
        super()._take(record)
        self.driver_program: str = record["driverProgram"]
        runtime = record.get("targetRuntime") or {"properties": {}, "runtimeType": "Python", "targetArchitecture": ""}
        self.target_runtime = TargetRuntime.deserialize(runtime)
        self.assets = [
            Asset(place, "application/octet-stream", False, f"aml://asset/{self.id}/{place}")
            for place in record.get("assets") or ()
        ]

    def run(self, input_data: Any) -> Any:
        """Answer one request on this machine, without a service: ``init()``, then ``run()``.

        Parameters
        ----------
        input_data : the body: text or bytes, as they would be posted.

        Returns
        -------
        What the JSON of the answer says.

        Raises
        ------
        WebserviceException
            The image is not made, or the script failed; ``source`` has its line.
        """
        from aml_nb.core.image.once import answer

        self.update_creation_state()
        return answer(self, input_data)

    def serialize(self) -> dict[str, Any]:
        """The image as a JSON-able dictionary."""
        return {
            **super().serialize(),
            "assets": [asset.serialize() for asset in self.assets],
            "driverProgram": self.driver_program,
            "targetRuntime": self.target_runtime.serialize(),
        }
