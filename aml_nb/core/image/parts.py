"""The small parts of an image's description, with v1's serialised forms."""

from __future__ import annotations

from typing import Any

from aml_nb.errors import WebserviceException


class Asset:
    """A file of an image beside its script and models.

    Parameters
    ----------
    id : its name in the image.
    mime_type : what kind of file it is.
    unpack : whether it is an archive that is unpacked in the image.
    url : where it is kept.
    """

    def __init__(self, id: str, mime_type: str, unpack: bool, url: str) -> None:
        self.id = id
        self.mime_type = mime_type
        self.unpack = unpack
        self.url = url

    def serialize(self) -> dict[str, Any]:
        """The asset as a JSON-able dictionary."""
        return {"id": self.id, "mimeType": self.mime_type, "unpack": self.unpack, "url": self.url}

    @staticmethod
    def deserialize(payload_obj: dict[str, Any]) -> Asset:
        """The asset that ``serialize`` described.

        Parameters
        ----------
        payload_obj : the dictionary.

        Raises
        ------
        WebserviceException
            A key is missing.
        """
        _require(payload_obj, ("id", "mimeType", "unpack", "url"), "Asset")
        return Asset(payload_obj["id"], payload_obj["mimeType"], payload_obj["unpack"], payload_obj["url"])

    def __repr__(self) -> str:
        return f"Asset(id={self.id!r}, mime_type={self.mime_type!r}, unpack={self.unpack!r}, url={self.url!r})"


class TargetRuntime:
    """What an image's script runs in.

    Parameters
    ----------
    properties : details of the runtime.
    runtime_type : ``Python`` or ``SparkPython``.
    targetArchitecture : the kind of processor, ``Amd64`` for instance.
    """

    def __init__(self, properties: dict[str, Any], runtime_type: str, targetArchitecture: str) -> None:
        self.properties = properties
        self.runtime_type = runtime_type
        self.targetArchitecture = targetArchitecture

    def serialize(self) -> dict[str, Any]:
        """The runtime as a JSON-able dictionary."""
        return {
            "properties": self.properties,
            "runtimeType": self.runtime_type,
            "targetArchitecture": self.targetArchitecture,
        }

    @staticmethod
    def deserialize(payload_obj: dict[str, Any]) -> TargetRuntime:
        """The runtime that ``serialize`` described.

        Parameters
        ----------
        payload_obj : the dictionary.

        Raises
        ------
        WebserviceException
            A key is missing.
        """
        _require(payload_obj, ("properties", "runtimeType", "targetArchitecture"), "TargetRuntime")
        return TargetRuntime(payload_obj["properties"], payload_obj["runtimeType"], payload_obj["targetArchitecture"])

    def __repr__(self) -> str:
        return f"TargetRuntime(runtime_type={self.runtime_type!r}, targetArchitecture={self.targetArchitecture!r})"


def _require(payload: dict[str, Any], keys: tuple[str, ...], what: str) -> None:
    missing = [key for key in keys if key not in payload]
    if missing:
        raise WebserviceException(
            f"Invalid payload, {what} needs {', '.join(missing)}.", hint="serialize() gives a whole one"
        )
