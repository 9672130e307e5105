"""The causes that are told apart: each with its title, and the word that Azure had for it."""

from __future__ import annotations

from typing import NamedTuple

CRASHED, CRASH_LOOP, RUN = "ContainerCrashed", "CrashLoopBackOff", ""


class Cause(NamedTuple):
    """What a cause is called.

    ``azure`` is the code in the details of the error of a deployment on Azure; empty where a request fails.
    """

    title: str
    azure: str = RUN


CAUSES: dict[str, Cause] = {
    # the script
    "script-not-found": Cause("The entry script is not there", CRASH_LOOP),
    "syntax-error": Cause("The script is no Python that can be read", CRASH_LOOP),
    "no-init": Cause("The script has no init()", CRASH_LOOP),
    "no-run": Cause("The script has no run()", CRASH_LOOP),
    "wrong-signature": Cause("init() or run() cannot be called as a service calls them", CRASH_LOOP),
    "init-raised": Cause("init() raised an exception", CRASH_LOOP),
    "import-raised": Cause("The script raised an exception when it was imported", CRASH_LOOP),
    "init-timeout": Cause("init() did not return in time", "DeploymentTimedOut"),
    # its modules and versions
    "missing-module": Cause("A package is missing in the service's environment", CRASH_LOOP),
    "local-module": Cause("A file of yours that the script imports is not in the service", CRASH_LOOP),
    "import-name": Cause("A module does not have what the script imports from it", CRASH_LOOP),
    "system-library": Cause("A library of the system is missing", CRASH_LOOP),
    "version-conflict": Cause("The versions of training and serving do not fit", CRASH_LOOP),
    "custom-class": Cause("The model needs a class that the service does not know", CRASH_LOOP),
    # the model
    "model-path": Cause("The model is looked for where it is not", CRASH_LOOP),
    "model-file": Cause("The model's file cannot be read as what it is taken for", CRASH_LOOP),
    "gpu-model": Cause("The model was saved on a GPU, and there is none", CRASH_LOOP),
    "missing-file": Cause("A file that the script reads is not in the service", CRASH_LOOP),
    # the process
    "out-of-memory": Cause("The memory was not enough", "OOMKilled"),
    "crash": Cause("The process of the script crashed", CRASH_LOOP),
    "worker-exited": Cause("The process of the script ended by itself", CRASHED),
    "not-responding": Cause("The script hung and was ended", CRASH_LOOP),
    "flapping": Cause("The service dies and starts over and over", CRASH_LOOP),
    # the place
    "port-in-use": Cause("The port is taken", "PortAlreadyInUse"),
    "disk-full": Cause("The disk is full", "DiskFull"),
    "environment": Cause("The environment cannot be had", "EnvironmentBuildFailed"),
    "image-build": Cause("The image cannot be built", "ImageBuildFailed"),
    "unschedulable": Cause("No node of the cluster has room", "Unschedulable"),
    "killed": Cause("The service was killed from outside", CRASHED),
    "stopped": Cause("The service was stopped from outside", CRASHED),
    "removed": Cause("The service's container was removed from outside", CRASHED),
    "paused": Cause("The service's container is paused", CRASHED),
    "cut-off": Cause("The service's container is in no network", CRASHED),
    "daemon-away": Cause("Docker does not answer", "ServiceUnavailable"),
    "supervisor-gone": Cause("The process that keeps the service is gone", CRASHED),
    "interrupted": Cause("The deployment was interrupted", "DeploymentFailed"),
    "address": Cause("The service's address cannot be had", "DeploymentFailed"),
    "unknown": Cause("The service failed, and its log does not tell a cause that is known", "DeploymentFailed"),
    # a request
    "bad-json": Cause("The body of the request is no JSON"),
    "missing-key": Cause("The body of the request lacks a key that run() reads"),
    "wrong-body": Cause("The body of the request is not what run() takes"),
    "wrong-features": Cause("The features of the request do not fit the model"),
    "result-not-json": Cause("What run() returned cannot be sent as JSON"),
    "model-not-global": Cause("run() does not see what init() has loaded"),
    "run-raised": Cause("run() raised an exception"),
    "run-timeout": Cause("run() took longer than it may"),
    "wrong-key": Cause("The request had no key, or a wrong one"),
    "wrong-token": Cause("The request's token is not valid"),
    "wrong-path": Cause("The request went to another path than the service's"),
    "wrong-host": Cause("The request named a host that the service does not answer for"),
    "too-large": Cause("The body of the request is too large"),
    "too-busy": Cause("More requests waited than the service answers in time"),
    "run-killed": Cause("The worker died while it computed the request"),
}
