"""Image: what v1 makes of models, a script and an environment before it is deployed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from aml_nb.core.image import building, listing
from aml_nb.core.image.configuration import ImageConfig
from aml_nb.core.image.creating import create
from aml_nb.core.image.parts import Asset, TargetRuntime
from aml_nb.core.image.tagging import Tagging
from aml_nb.core.image.waiting import wait
from aml_nb.core.webservice.services import when
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    import builtins

    from aml_nb.core.workspace import Workspace

__all__ = ["Asset", "Image", "ImageConfig", "TargetRuntime"]

_I = TypeVar("_I", bound="Image")


class Image(Tagging, ABC):
    """A registered image: a name, a version, models, a script and its environment.

    ``Image(workspace, "taxi")`` finds the newest one that matches and returns it as its own class.

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

    _image_flavor: str | None = None
    _record: building.Payload

    def __new__(
        cls,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Any = None,
        properties: Any = None,
        version: int | None = None,
    ) -> Any:
        if workspace is None:
            return super().__new__(cls)
        found = from_record(workspace, listing.find(workspace, name, id, tags, properties, version))
        if cls._image_flavor is not None and not isinstance(found, cls):
            raise WebserviceException(
                f"The image {found.id} is of the flavor {found.image_flavor}, not {cls._image_flavor}.",
                hint=f"Image(ws, id={found.id!r})",
            )
        return found

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Any = None,
        properties: Any = None,
        version: int | None = None,
    ) -> None:
        """Everything is there already: ``__new__`` has found the image."""

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(workspace={self.workspace!r}, name={self.name}, id={self.id}, "
            f"tags={self.tags}, properties={self.properties}, version={self.version})"
        )

    def _take(self, record: building.Payload) -> None:
        """Take the values of a record."""
        self._record = record
        self.name: str = record["name"]
        self.id: str = record["id"]
        self.version: int = record["version"]
        self.created_time = when(record["createdTime"])
        self.creation_state: str = record["creationState"]
        self.description: str | None = record["description"]
        self.image_type: str = record["imageType"]
        self.image_flavor: str = record["imageFlavor"]
        self.image_location: str | None = record.get("imageLocation")
        self.image_build_log_uri: str = building.log_of(self.workspace, building.IMAGE, record).as_uri()
        self.generated_dockerfile_uri: str | None = record.get("generatedDockerfileUri")
        self.model_ids: list[str] = list(record["modelIds"])
        self.tags: dict[str, str] = dict(record["kvTags"])
        self.properties: dict[str, str] = dict(record["properties"])

    @property
    def models(self) -> builtins.list[Any]:
        """The registered models inside."""
        from aml_nb.core.model import Model

        return [Model(self.workspace, id=model_id) for model_id in self.model_ids]

    @staticmethod
    def create(workspace: Workspace, name: str, models: builtins.list[Any], image_config: Any) -> Any:
        """Begin to make an image and return it; ``wait_for_creation`` follows it.

        Script, dependencies and environment are taken as they are now. Whatever becomes of the files later, the
        image stays as it is. The same name again is the next version.

        Parameters
        ----------
        workspace : whose image.
        name : 3 to 32 lower case letters, digits, dashes and dots.
        models : the registered models that the script loads; may be empty.
        image_config : ``ContainerImage.image_configuration(...)``.

        Raises
        ------
        WebserviceException
            A bad name, a model that is not registered, or no configuration.
        """
        return from_record(workspace, create(workspace, name, models, image_config))

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Wait until the image is made.

        Parameters
        ----------
        show_output : print its progress.

        Raises
        ------
        WebserviceException
            It could not be made: ``source`` has the line of the user's own file, the message where the log is.
        """
        ended = wait(lambda: self._settle()["creationState"], show_output)
        if ended != building.SUCCEEDED:
            begins = (
                f"Image creation polling reached non-successful terminal state, current state: {ended}\n"
                f"Operation ID: {self._record['operationId']}"
            )
            raise building.failure(self.workspace, building.IMAGE, self._record, begins)
        print(f'Image creation operation finished for image {self.id}, operation "{ended}"')

    def update_creation_state(self) -> None:
        """Ask how the image is now.

        Raises
        ------
        WebserviceException
            It is deleted.
        """
        self._settle()

    def _settle(self) -> building.Payload:
        record = building.settle(self.workspace, building.IMAGE, self.id)
        if record is None:
            raise listing.not_found(self.workspace, self.name, self.id)
        self._take(record)
        return record

    @staticmethod
    def list(
        workspace: Workspace,
        image_name: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: Any = None,
        properties: Any = None,
    ) -> builtins.list[Any]:
        """The images that match everything given, newest first.

        Parameters
        ----------
        workspace : whose images.
        image_name : only those of this name.
        model_name, model_id : only those that hold this model.
        tags, properties : lists of ``key`` or ``[key, value]``.
        """
        found = listing.matching(workspace, image_name, model_name, model_id, tags, properties)
        return [from_record(workspace, record) for record in found]

    def delete(self) -> None:
        """Remove the image; one that is being made is not made to its end.

        Raises
        ------
        WebserviceException
            A web service runs it (``status_code`` 412), or it is gone already.
        """
        from aml_nb.core.image.deletion import delete

        delete(self)

    def serialize(self) -> dict[str, Any]:
        """The image as a JSON-able dictionary."""
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "createdTime": self._record["createdTime"],
            "creationState": self.creation_state,
            "description": self.description,
            "imageType": self.image_type,
            "imageFlavor": self.image_flavor,
            "imageLocation": self.image_location,
            "imageBuildLogUri": self.image_build_log_uri,
            "generatedDockerfileUri": self.generated_dockerfile_uri,
            "modelIds": self.model_ids,
            "tags": self.tags,
            "properties": self.properties,
            "error": self._record.get("error"),
        }

    @classmethod
    def deserialize(cls: type[_I], workspace: Workspace, image_payload: dict[str, Any]) -> _I:
        """The image that ``serialize`` described.

        Parameters
        ----------
        workspace : the workspace it is in.
        image_payload : the dictionary.

        Raises
        ------
        WebserviceException
            The dictionary is not whole, or the image is gone or of another class.
        """
        if "id" not in image_payload:
            raise WebserviceException(
                f"Invalid payload for {cls.__name__}, missing id:\n{image_payload}", hint="image.serialize()"
            )
        found: _I = cls(workspace, id=image_payload["id"])
        return found

    @staticmethod
    @abstractmethod
    def image_configuration() -> Any:
        """How an image is to be made; ``ContainerImage`` has one."""


def from_record(workspace: Workspace, record: building.Payload) -> Any:
    """The object of a record, of the class that fits."""
    from aml_nb.core.image.container import ContainerImage
    from aml_nb.core.image.unknown_image import UnknownImage

    known = record["imageFlavor"] == ContainerImage._image_flavor
    image: Any = object.__new__(ContainerImage if known else UnknownImage)
    image.workspace = workspace
    image._take(record)
    return image
