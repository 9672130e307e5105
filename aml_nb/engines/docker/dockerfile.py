"""The text of Dockerfiles: words are quoted so that Docker reads back what was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from aml_nb.engines.base import ServiceSpec
from aml_nb.engines.docker import inside, naming, recipe
from aml_nb.engines.docker.recipe import Recipe
from aml_nb.errors import WebserviceException

BASE_STAGE = "aml_nb_base"
OWN_FOLDER = "aml_nb-package"
"""Where our parts of a context are if the user's Dockerfile has a context of its own, whose root stays theirs."""
HEALTH_TIMEOUT_S, HEALTH_START_S = 6, 600


def quoted(text: str) -> str:
    """A word of an ENV or LABEL line, in double quotes."""
    if "\n" in text or "\r" in text or "\0" in text:
        raise WebserviceException(f"{text!r} cannot be written into a Dockerfile: it has a line break.")
    return '"' + re.sub(r'(["\\$])', r"\\\1", text) + '"'


def pairs(word: str, values: Mapping[str, str]) -> str:
    """One ``ENV`` or ``LABEL`` for all of them: each would be a layer of its own."""
    return " \\\n    ".join([word, *(f"{name}={quoted(value)}" for name, value in values.items())])


def words(word: str, command: Sequence[str]) -> str:
    """A ``CMD``, ``COPY`` or ``RUN`` line in its form of a list, which no shell reads."""
    return f"{word} {json.dumps(list(command), ensure_ascii=False)}"


def based_on(base_dockerfile: str) -> str:
    """The user's own Dockerfile with a name for its last stage, so that more can follow."""
    lines = base_dockerfile.rstrip("\n").split("\n")
    stages = [number for number, line in enumerate(lines) if re.match(r"\s*FROM\s", line, re.IGNORECASE)]
    if not stages:
        raise WebserviceException(
            "The environment's base_dockerfile has no FROM line.", hint="environment.docker.base_dockerfile = 'FROM …'"
        )
    last = stages[-1]
    named = re.search(r"\sAS\s+(\S+)\s*$", lines[last], re.IGNORECASE)
    if named is None:
        lines[last] = f"{lines[last].rstrip()} AS {BASE_STAGE}"
    return "\n".join([*lines, "", f"FROM {named[1] if named else BASE_STAGE}"])


def service_environment(spec: ServiceSpec) -> dict[str, str]:
    """The variables that v1 gives an image; a worker gets them once more, with those of the environment."""
    config = naming.server_config(spec)
    values = {
        "AML_APP_ROOT": inside.APP_ROOT,
        "AZUREML_MODEL_DIR": config.model_dir,
        "AZUREML_ENTRY_SCRIPT": config.entry_script,
        "SERVICE_NAME": spec.name,
        "HOME": inside.HOME,
        "PYTHONUNBUFFERED": "1",
    }
    if config.source_directory:
        values["AZUREML_SOURCE_DIRECTORY"] = config.source_directory
    return values


def health_period_s(spec: ServiceSpec) -> int:
    """How often Docker asks whether the service is well."""
    return max(1, round(spec.probe.period_s)) if spec.probe else 10


def text(
    spec: ServiceSpec, made: Recipe, base: str, labels: Mapping[str, str], ending: Sequence[str] | None = None
) -> str:
    """The Dockerfile of a context that ``context.write_context`` lays out; ``base`` is the image to start from.

    ``ending`` stands for the settings of our server where something else is to run.
    """
    parts = [f"# The web service {spec.name}: docker build -t {spec.name} .", _start(made, base), "USER root", ""]
    last = _settings(spec, labels) if ending is None else ending
    return "\n".join([*parts, *_environment(made), "", *_service(spec, place_of(made)), *last]) + "\n"


def environment_text(made: Recipe, base: str) -> str:
    """The Dockerfile of an environment alone, of the context that ``text`` speaks of."""
    path = f"ENV PATH={inside.ENVIRONMENT}/bin:$PATH"
    return "\n".join([_start(made, base), "USER root", "", *_environment(made), path]) + "\n"


def place_of(made: Recipe) -> str:
    """What the names of our parts of a context begin with."""
    return f"{OWN_FOLDER}/" if made.packages.context else ""


def _start(made: Recipe, base: str) -> str:
    own = made.packages.dockerfile
    return based_on(own) if own else f"ARG BASE_IMAGE={base}\nFROM ${{BASE_IMAGE}}"


def _environment(made: Recipe) -> Iterator[str]:
    yield "# the environment: what the service needs, and nothing of the machine that wrote this"
    if made.logins:
        yield "# a package index wants a login: docker build --build-arg INDEX_LOGIN_1=user:password ..."
    yield from (f"ARG {recipe.login_variable(number)}" for number in range(len(made.logins)))
    place = place_of(made)
    yield words("COPY", [f"{place}build", recipe.BUILD])
    if made.sources:
        yield words("COPY", [f"{place}sources", recipe.SOURCES])
    yield f"RUN {recipe.launch(made.packages)}"
    yield words("COPY", [f"{place}site", inside.SITE])
    yield words("RUN", [inside.PYTHON, "-m", "compileall", "-q", inside.SITE])


def _service(spec: ServiceSpec, place: str) -> Iterator[str]:
    yield "# the models, the script and the service"
    for part, target in {"models": inside.APP_ROOT, "app": inside.APP_ROOT, "service": inside.SERVICE}.items():
        yield words(f"COPY --chown={inside.USER}", [f"{place}{part}", target])
    yield pairs("ENV", service_environment(spec))
    yield f"ENV PATH={inside.ENVIRONMENT}/bin:$PATH"


def _settings(spec: ServiceSpec, labels: Mapping[str, str]) -> Iterator[str]:
    yield pairs("LABEL", labels)
    yield f"EXPOSE {inside.PORT}"
    timing = f"--interval={health_period_s(spec)}s --timeout={HEALTH_TIMEOUT_S}s --start-period={HEALTH_START_S}s"
    yield f"HEALTHCHECK {timing} {words('CMD', inside.PROBE)}"
    yield f"USER {inside.USER}"
    yield f"WORKDIR {inside.SERVICE}"  # not beside the script, whose json.py or http.py is no module of ours
    yield "ENTRYPOINT []"
    yield words("CMD", inside.COMMAND)
