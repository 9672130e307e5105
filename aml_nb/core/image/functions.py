"""``azureml.contrib.functions``: packages that are Azure Functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.image import function_app, packaging

if TYPE_CHECKING:
    from aml_nb.core.image.package import ModelPackage
    from aml_nb.core.workspace import Workspace

HTTP_TRIGGER = function_app.HTTP
BLOB_TRIGGER = function_app.BLOB
SERVICE_BUS_QUEUE_TRIGGER = function_app.QUEUE


def package(
    workspace: Workspace,
    models: list[Any],
    inference_config: Any,
    generate_dockerfile: bool = False,
    functions_enabled: bool = False,
    trigger: str | None = None,
    **kwargs: Any,
) -> ModelPackage:
    """Begin to make a package, an Azure Function where ``functions_enabled``; as ``Model.package`` else.

    Parameters
    ----------
    workspace : whose models.
    models : registered models.
    inference_config : the entry script and its environment.
    generate_dockerfile : a Dockerfile with its context, instead of an image.
    functions_enabled : put an Azure Function into it.
    trigger : ``HTTP_TRIGGER`` (when None), ``BLOB_TRIGGER`` or ``SERVICE_BUS_QUEUE_TRIGGER``.
    kwargs : what the trigger takes; see ``package_http``, ``package_blob`` and ``package_service_bus_queue``.

    Raises
    ------
    UserErrorException
        There is no such trigger, or it does not take what was given.
    """
    function = None
    if functions_enabled or trigger is not None:
        function = function_app.trigger(trigger or HTTP_TRIGGER, kwargs)
    elif kwargs:
        function_app.trigger("none", kwargs)
    return packaging.package(workspace, models, inference_config, generate_dockerfile, function=function)


def package_http(
    workspace: Workspace,
    models: list[Any],
    inference_config: Any,
    generate_dockerfile: bool = False,
    auth_level: str | None = None,
) -> ModelPackage:
    """Begin to make an Azure Function that answers HTTP requests.

    Parameters
    ----------
    workspace, models, inference_config, generate_dockerfile : as for ``package``.
    auth_level : ``anonymous``, ``function`` (when None) or ``admin``: which key a caller needs.
    """
    return package(workspace, models, inference_config, generate_dockerfile, True, HTTP_TRIGGER, auth_level=auth_level)


def package_blob(
    workspace: Workspace,
    models: list[Any],
    inference_config: Any,
    generate_dockerfile: bool = False,
    input_path: str | None = None,
    output_path: str | None = None,
) -> ModelPackage:
    """Begin to make an Azure Function that scores each new blob.

    Parameters
    ----------
    workspace, models, inference_config, generate_dockerfile : as for ``package``.
    input_path, output_path : container and name of the blobs; ``input/{blobname}.json`` and
        ``output/{blobname}_out.json`` when None.
    """
    paths = {"input_path": input_path, "output_path": output_path}
    return package(workspace, models, inference_config, generate_dockerfile, True, BLOB_TRIGGER, **paths)


def package_service_bus_queue(
    workspace: Workspace,
    models: list[Any],
    inference_config: Any,
    generate_dockerfile: bool = False,
    input_queue_name: str | None = None,
    output_queue_name: str | None = None,
) -> ModelPackage:
    """Begin to make an Azure Function that scores the messages of a Service Bus queue.

    Parameters
    ----------
    workspace, models, inference_config, generate_dockerfile : as for ``package``.
    input_queue_name, output_queue_name : the queues, both needed.
    """
    queues = {"input_queue_name": input_queue_name, "output_queue_name": output_queue_name}
    return package(workspace, models, inference_config, generate_dockerfile, True, SERVICE_BUS_QUEUE_TRIGGER, **queues)
