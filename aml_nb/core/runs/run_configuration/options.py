"""What is to be done with a run's output: where it goes, how it is uploaded, under which name it is registered."""

from __future__ import annotations

from typing import Any

from aml_nb.core.environment.config_element import ConfigElement


class GlobsOptions(ConfigElement):
    """Which files are meant.

    Parameters
    ----------
    patterns : as a shell has them.
    """

    _fields = ("patterns",)

    def __init__(self, patterns: list[str] | None = None) -> None:
        self.patterns = patterns
        super().__init__()


class UploadOptions(ConfigElement):
    """How an output is uploaded.

    Parameters
    ----------
    overwrite : replace files that are there.
    source_globs : only the files that match; a `GlobsOptions`.
    """

    _fields = ("overwrite", "source_globs")

    def __init__(self, overwrite: bool = False, source_globs: Any = None) -> None:
        self.overwrite = overwrite
        self.source_globs = source_globs
        super().__init__()


class MountOptions(ConfigElement):
    """How an output is mounted.

    Parameters
    ----------
    disable_metadata_cache : ask the storage for the names of files each time.
    """

    _fields = ("disable_metadata_cache",)

    def __init__(self, disable_metadata_cache: bool = False) -> None:
        self.disable_metadata_cache = disable_metadata_cache
        super().__init__()


class DatasetRegistrationOptions(ConfigElement):
    """What a dataset that an output becomes does with its files.

    Parameters
    ----------
    additional_transformations : the steps, as the dataset has them.
    """

    _fields = ("additional_transformation",)

    def __init__(self, additional_transformations: Any = None) -> None:
        self.additional_transformation = additional_transformations
        super().__init__()


class RegistrationOptions(ConfigElement):
    """Under which name an output is registered as a dataset.

    Parameters
    ----------
    name, description, tags : of the dataset.
    dataset_registration_options : a `DatasetRegistrationOptions`.
    """

    _fields = ("name", "description", "tags", "dataset_registration_options")

    def __init__(
        self,
        name: str | None = None,
        description: str | None = None,
        tags: Any = None,
        dataset_registration_options: Any = None,
    ) -> None:
        self.name = name
        self.description = description
        self.tags = tags
        self.dataset_registration_options = dataset_registration_options
        super().__init__()


class OutputOptions(ConfigElement):
    """Everything about one output.

    Parameters
    ----------
    path_on_compute : where the script writes it.
    registration_options : a `RegistrationOptions`.
    upload_options : an `UploadOptions`.
    mount_options : a `MountOptions`.
    """

    _fields = ("path_on_compute", "registration_options", "upload_options", "mount_options")

    def __init__(
        self,
        path_on_compute: str | None = None,
        registration_options: Any = None,
        upload_options: UploadOptions | None = None,
        mount_options: MountOptions | None = None,
    ) -> None:
        self.path_on_compute = path_on_compute
        self.registration_options = registration_options
        self.upload_options = upload_options
        self.mount_options = mount_options
        super().__init__()
