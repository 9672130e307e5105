"""Whether a blob container is there and opens, asked of its storage account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aml_nb.core.data import azure_blob
from aml_nb.errors import NotAvailableError

if TYPE_CHECKING:
    from aml_nb.core.data.storage_datastore import AzureBlobDatastore


def look(datastore: AzureBlobDatastore, create: bool) -> str | None:
    """Why the container does not open; None when it does. Any error but a refusal is raised as it came."""
    try:
        from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
        from azure.storage.blob import BlobServiceClient, LinearRetry
    except ImportError:
        raise NotAvailableError(f"that needs the package adlfs ({azure_blob.INSTALL})") from None
    if not (datastore.account_key or datastore.sas_token):
        raise NotAvailableError("it has no key and no token, and the user's identity is asked when it is used")
    name, account = datastore.container_name, datastore.account_name
    text = azure_blob.connection_string(datastore)
    with BlobServiceClient.from_connection_string(text, retry_policy=LinearRetry(1, 1)) as service:
        container = service.get_container_client(name)
        try:
            try:
                next(iter(container.list_blob_names(results_per_page=1)), None)
            except ResourceNotFoundError:
                if not create:
                    raise
                container.create_container()
        except ResourceNotFoundError:
            return f"There is no container {name} in the storage account {account}."
        except ClientAuthenticationError:
            return f"The storage account {account} does not accept the credentials for the container {name}."
        except HttpResponseError as error:
            if error.status_code not in (400, 403):
                raise
            reason = getattr(error, "error_code", None) or error.reason
            return f"The storage account {account} refuses the container {name}: {reason}."
    return None
