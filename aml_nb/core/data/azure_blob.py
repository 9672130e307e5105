"""Azure's blob storage through ``adlfs``: how a datastore's facts become a file system, and whether it opens."""

from __future__ import annotations

import http.client
import logging
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aml_nb.errors import NotAvailableError, StoreError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.core.data.data_lake_datastore import AzureDataLakeGen2Datastore
    from aml_nb.core.data.storage_datastore import AzureBlobDatastore

INSTALL = 'pip install "aml_nb[azure]"'
PATIENCE_SECONDS = 10.0
STORAGE_SCOPE = "https://storage.azure.com/.default"
_OF_PROXIES = (407, 502, 503, 504)


def filesystem(datastore: AzureBlobDatastore) -> Any:
    """The file system of a blob container's account.

    Raises
    ------
    NotAvailableError : adlfs is not installed.
    StoreError : the account does not answer.
    """
    adlfs = _adlfs(datastore.name)
    answers(datastore.name, url(datastore))
    options: dict[str, Any] = {"account_name": datastore.account_name}
    if datastore.account_key or datastore.sas_token:
        options["connection_string"] = connection_string(datastore)
    else:
        options["account_host"] = _host(datastore)
        options["anon"] = not has_identity()
    return adlfs(**options, assume_container_exists=datastore.is_sas or None, skip_instance_cache=True)


def lake_filesystem(datastore: AzureDataLakeGen2Datastore) -> Any:
    """The file system of a data lake's account."""
    principal = ("tenant_id", "client_id", "client_secret")
    options: dict[str, Any] = {name: getattr(datastore, name) for name in principal if datastore.client_id}
    host = f"{datastore.account_name}.blob.{datastore.endpoint}"
    adlfs = _adlfs(datastore.name)
    answers(datastore.name, f"{datastore.protocol}://{host}")
    options["anon"] = not (datastore.client_id or has_identity())
    return adlfs(account_name=datastore.account_name, account_host=host, **options, skip_instance_cache=True)


def has_identity() -> bool:
    """Whether the user is somebody to Azure (``az login``, say); who is not may read public containers alone.

    Asked once before a file system is made, for that would try everything anew with each file.
    """
    from azure.core.exceptions import ClientAuthenticationError
    from azure.identity import DefaultAzureCredential

    logger = logging.getLogger("azure.identity")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # it lists every way that it tried, which is no news here
    try:
        with DefaultAzureCredential() as credential:
            credential.get_token(STORAGE_SCOPE)
    except ClientAuthenticationError:
        return False
    finally:
        logger.setLevel(level)
    return True


def answers(name: str, address: str) -> None:
    """StoreError where nothing answers: Azure's own library would try again for two minutes.

    Whatever the account says, also a refusal, is an answer.
    """
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS):
            return
    except urllib.error.HTTPError as error:
        with error:
            if error.code not in _OF_PROXIES:
                return
            reason: object = f"{error.code} {error.reason}"
    except urllib.error.URLError as error:
        reason = error.reason
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error
    raise StoreError(
        f"The datastore {name} cannot be reached: {address} does not answer ({reason}).",
        hint="check its account and endpoint, and the network",
    )


def url(datastore: AzureBlobDatastore) -> str:
    """Where the account's blobs are. An endpoint with a port is an emulator, which has the account in the path."""
    if re.search(r":\d+", datastore.endpoint):
        return f"{datastore.protocol}://{datastore.endpoint.rstrip('/')}/{datastore.account_name}"
    return f"{datastore.protocol}://{_host(datastore)}"


def connection_string(datastore: AzureBlobDatastore) -> str:
    """The account's address and what opens it, as Azure's libraries take them."""
    parts = {"BlobEndpoint": url(datastore), "AccountName": datastore.account_name}
    if datastore.account_key:
        parts["AccountKey"] = datastore.account_key
    else:
        parts["SharedAccessSignature"] = str(datastore.sas_token).lstrip("?")
    return ";".join(f"{name}={value}" for name, value in parts.items())


def validate(datastore: AzureBlobDatastore, create: bool) -> None:
    """Look whether the container is there and opens; make it when ``create``.

    Raises
    ------
    UserErrorException : the storage answers and refuses, or has no such container. That it cannot be asked from
        here is a warning: a notebook registers many a store that it does not use.
    """
    from aml_nb.core.data.container_check import look

    try:
        answers(datastore.name, url(datastore))
        refusal = look(datastore, create)
    except (NotAvailableError, StoreError) as error:
        _unchecked(datastore, error.message)
        return
    except Exception as error:  # no network, an address or a key that makes no sense
        _unchecked(datastore, (str(error).strip() or type(error).__name__).splitlines()[0].split("?")[0][:200])
        return
    if refusal:
        raise UserErrorException(refusal, hint="check the names and credentials, or create_if_not_exists=True")


def _unchecked(datastore: AzureBlobDatastore, why: str) -> None:
    warnings.warn(
        f"The datastore {datastore.name} is registered, but its container {datastore.container_name} could not be "
        f"looked at: {why}",
        stacklevel=4,
    )


def _host(datastore: AzureBlobDatastore) -> str:
    return f"{datastore.account_name}.blob.{datastore.endpoint}"


def _adlfs(name: str) -> Any:
    try:
        return _file_system()
    except ImportError as error:
        raise NotAvailableError(
            f"The datastore {name} is in Azure: reaching it needs the package adlfs, which is not installed.",
            hint=INSTALL,
        ) from error


@lru_cache
def _file_system() -> Any:
    """adlfs's class, made so that a token of one container is enough: that may not ask for the container's facts."""
    from adlfs import AzureBlobFileSystem  # type: ignore[import-untyped]

    class ContainerFileSystem(AzureBlobFileSystem):  # type: ignore[misc]
        async def _info(self, path: str, refresh: bool = False, **kwargs: Any) -> Any:
            container, below, _ = self.split_path(path)
            if container and not below and self.assume_container_exists:
                return {"name": container, "size": None, "type": "directory"}
            return await super()._info(path, refresh=refresh, **kwargs)

    return ContainerFileSystem
