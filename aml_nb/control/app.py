"""The REST of a workspace's published pipelines: routes, who may call them, and how errors are told."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response

from aml_nb import __version__
from aml_nb.control import access, bodies, openapi, pages, shapes
from aml_nb.core.pipelines import published_records as kept
from aml_nb.core.pipelines.calling import call
from aml_nb.core.plane import addresses
from aml_nb.core.runs.records import RunRecords
from aml_nb.errors import AmlError, UserErrorException

if TYPE_CHECKING:
    from aml_nb.control.timekeeper import Timekeeper
    from aml_nb.core.workspace import Workspace

_BASE = addresses.PATTERN
_LOG = logging.getLogger("uvicorn.error")


class TooLargeError(UserErrorException):
    """The body is larger than any call is."""

    code, status = "too-large", 413


class NotHereError(UserErrorException):
    """Nothing is at that address."""

    code, status = "not-found", 404


def make_app(workspace: Workspace, timekeeper: Timekeeper, started: float) -> FastAPI:
    """The application of one workspace."""
    app = FastAPI(
        title="Published pipelines",
        description="Runs published pipelines of a workspace on this machine.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
    )
    service = Service(workspace)
    _guard(app)
    _errors(app)
    _add_open(app, workspace, timekeeper, started)
    _add_pipelines(app, service)
    openapi.complete(app)

    @app.post("/control/reload", include_in_schema=False)
    def reload() -> dict[str, Any]:
        """Look at the schedules now; what was changed holds when this is answered."""
        return {"schedules": timekeeper.reload()}

    return app


class Service:
    """What the routes do."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def check(self, subscription: str, group: str, workspace: str) -> None:
        """Whether a request is for this workspace; NotHereError where it is not."""
        mine = (self.workspace.subscription_id, self.workspace.resource_group, self.workspace.name)
        if [part.casefold() for part in mine] != [part.casefold() for part in (subscription, group, workspace)]:
            raise NotHereError(
                f"There is no workspace {workspace} here.", hint="call the address that published_pipeline.endpoint has"
            )

    def submit(self, published: dict[str, Any], body: bytes, endpoint: str | None = None) -> dict[str, Any]:
        """Run a published pipeline as the body says."""
        told = bodies.read(body)
        wanted = told.call()
        if endpoint is not None:
            wanted.properties["azureml.pipelineendpointid"] = endpoint
        run = call(self.workspace, published, wanted)
        return self.run(run.id)

    def run(self, run_id: str) -> dict[str, Any]:
        """A run as it stands."""
        record = RunRecords(self.workspace._store).get(run_id)
        if record is None or (record.run_type or "").lower() != "azureml.pipelinerun":
            raise NotHereError(f"There is no run of a pipeline with the id {run_id}.", hint="response.json()['Id']")
        return shapes.run_entity(self.workspace, record)

    def pipeline(self, request: Request, identity: str) -> dict[str, Any]:
        """A published pipeline."""
        published = kept.find(self.workspace, kept.PIPELINE, identity)
        url = str(request.base_url).rstrip("/") + addresses.base(self.workspace) + addresses.SUBMIT + published["id"]
        return shapes.pipeline_entity(published, url)


def _add_open(app: FastAPI, workspace: Workspace, timekeeper: Timekeeper, started: float) -> None:
    """What anybody may read."""

    @app.get("/health", summary="Whether it runs", tags=["server"])
    def health() -> dict[str, Any]:
        return {
            "workspace": workspace._id,
            "pid": os.getpid(),
            "version": __version__,
            "python": sys.executable,
            "started": started,
            "schedules": timekeeper.count(),
        }

    @app.get("/", include_in_schema=False)
    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return HTMLResponse(pages.docs(app.openapi()))


def _add_pipelines(app: FastAPI, service: Service) -> None:
    """What v1's service answers to."""

    @app.post(
        _BASE + addresses.SUBMIT + "{pipeline_id}",
        summary="Run a published pipeline",
        tags=["runs"],
        openapi_extra=openapi.BODY,
    )
    async def submit(
        request: Request, subscription: str, group: str, workspace: str, pipeline_id: str
    ) -> dict[str, Any]:
        body = await read_body(request)

        def work() -> dict[str, Any]:
            service.check(subscription, group, workspace)
            return service.submit(kept.find(service.workspace, kept.PIPELINE, pipeline_id), body)

        return await run_in_threadpool(work)

    @app.post(
        _BASE + addresses.SUBMIT_TO_ENDPOINT + "{endpoint_id}",
        summary="Run the default version of a pipeline endpoint, or another",
        tags=["runs"],
        openapi_extra=openapi.BODY,
    )
    async def submit_to_endpoint(
        request: Request,
        subscription: str,
        group: str,
        workspace: str,
        endpoint_id: str,
        pipelineVersion: str | None = None,
    ) -> dict[str, Any]:
        body = await read_body(request)

        def work() -> dict[str, Any]:
            from aml_nb.core.pipelines.endpoint_records import chosen

            service.check(subscription, group, workspace)
            published = chosen(service.workspace, endpoint_id, pipelineVersion)
            return service.submit(published, body, endpoint_id)

        return await run_in_threadpool(work)

    @app.get(_BASE + "/PipelineRuns/{run_id}", summary="How a run is", tags=["runs"])
    def run(subscription: str, group: str, workspace: str, run_id: str) -> dict[str, Any]:
        service.check(subscription, group, workspace)
        return service.run(run_id)

    @app.get(_BASE + "/Pipelines", summary="The published pipelines that are active", tags=["pipelines"])
    def pipelines(request: Request, subscription: str, group: str, workspace: str) -> list[dict[str, Any]]:
        service.check(subscription, group, workspace)
        return [service.pipeline(request, each["id"]) for each in kept.listed(service.workspace, kept.PIPELINE, True)]

    @app.get(_BASE + "/Pipelines/{pipeline_id}", summary="A published pipeline", tags=["pipelines"])
    def pipeline(request: Request, subscription: str, group: str, workspace: str, pipeline_id: str) -> dict[str, Any]:
        service.check(subscription, group, workspace)
        return service.pipeline(request, pipeline_id)


async def read_body(request: Request) -> bytes:
    """The body; TooLargeError before more of it is read than may be."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > access.MAX_BODY:
            raise TooLargeError(f"The body of the request has more than {access.MAX_BODY} bytes.")
        parts.append(part)
    return b"".join(parts)


def _guard(app: FastAPI) -> None:
    @app.middleware("http")
    async def guard(request: Request, following: Callable[..., Any]) -> Response:
        try:
            access.check(request.url.path, request.headers)
        except AmlError as error:
            return _told(error)
        answer: Response = await following(request)
        return answer


def _errors(app: FastAPI) -> None:
    @app.exception_handler(AmlError)
    async def known(request: Request, error: AmlError) -> Response:
        return _told(error)

    @app.exception_handler(404)
    @app.exception_handler(405)
    async def nowhere(request: Request, error: HTTPException) -> Response:
        what = f"There is nothing to {request.method} at {request.url.path[:300]}."
        return _told(NotHereError(what, hint="/docs tells what there is"), error.status_code)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        return _told(AmlError(f"{type(error).__name__}: {error}", hint="control/server.log in the workspace's folder"))


def _told(error: AmlError, status: int | None = None) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse(shapes.error_body(error), status_code=status or error.status, headers=headers)
