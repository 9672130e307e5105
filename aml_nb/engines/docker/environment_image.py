"""The image of an environment: its packages in a layer of their own, aml_nb in the next; made once."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from docker import DockerClient

from aml_nb.engines import installers
from aml_nb.engines.base import Packages
from aml_nb.engines.docker import inside, install, package_tree, recipe
from aml_nb.engines.docker.base_image import Base, base_image, instead_of_v1s, own_tag
from aml_nb.engines.docker.build import BuildLog, ImageError, Layer, Progress, add_layer, clear, find, only_one
from aml_nb.engines.docker.client import plainly
from aml_nb.engines.docker.interpreter import VERSION
from aml_nb.engines.docker.recipe import Recipe
from aml_nb.engines.docker.tarring import Entry
from aml_nb.masking import without_login

PACKAGES, ENVIRONMENT = "aml-nb/packages", "aml-nb/environment"
_NOT_FOUND, _FEW_LINES = 127, 6
_BEGUN = "Building the image of the environment"


def environment_image(client: DockerClient, packages: Packages, progress: Progress, log: Path | None = None) -> str:
    """The tag of the environment's image, built where it is not there yet.

    Whoever asks for the same one meanwhile waits for it. An upgrade of aml_nb leaves the packages as they are.

    Parameters
    ----------
    packages : what is asked for.
    progress : called with one line at a time while something is built.
    log : a file that takes all that a build says.

    Raises
    ------
    ImageError
        The base image is not to be had, or a requirement cannot be installed; the message names it.
    """
    told = BuildLog(progress, log)
    made = Recipe.of(packages)
    base = base_image(client, packages, told)
    try:
        return _on(client, base, made, told)
    except ImageError as error:
        other = instead_of_v1s(client, packages, error, told) if error.of_base and not base.instead else None
        if other is None:
            raise
        return _on(client, other, made, told)


def _on(client: DockerClient, base: Base, made: Recipe, told: BuildLog) -> str:
    if base.instead and made.packages.interpreter:  # it was the other image's, as the packages in it were
        made = Recipe.of(replace(made.packages, interpreter=None))
        told.say(f"In it are {', '.join(made.packages.requirements) or 'no packages'}, as installed here.")
    ours = package_tree.digest()
    below = f"{PACKAGES}:{_short(base.identity, made.digest)}"
    tag = f"{ENVIRONMENT}:{_short(below, ours)}"
    if find(client, tag) is None:
        with only_one(tag, told):
            if find(client, tag) is None:
                _build_packages(client, base, below, made, told)
                tree = package_tree.entries(compiled=_has_this_python(base, made.packages))
                _build_environment(client, base, Layer(below, tag, tree), ours, made.packages, told)
    return tag


def existing_image(client: DockerClient, packages: Packages) -> str | None:
    """The tag of an image that was built for the specification; None where there is none."""
    labels = [f"{inside.KIND}={inside.ENVIRONMENT_KIND}", f"{inside.SPECIFIED}={packages.digest}"]
    with plainly("look for the environment's image"):
        found = client.api.images(ENVIRONMENT, filters={"label": labels})
    tags = [tag for image in sorted(found, key=_created, reverse=True) for tag in image["RepoTags"] or ()]
    return next((tag for tag in tags if tag.startswith(f"{ENVIRONMENT}:")), None)


def _has_this_python(base: Base, packages: Packages) -> bool:
    asked = packages.python or VERSION
    return base.name == own_tag() and f"{platform.python_version()}.".startswith(f"{asked}.")


def _created(image: dict[str, Any]) -> int:
    return int(image["Created"])


def _short(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _build_packages(client: DockerClient, base: Base, tag: str, made: Recipe, log: BuildLog) -> None:
    with only_one(tag, log):
        if find(client, tag) is not None:
            return
        name = made.packages.name
        log.say(f"{_BEGUN}{' ' + name if name else ''} on {base.name}.")
        clear(client, tag)
        variables = recipe.settings(os.environ)
        entries = [*made.entries()]
        if variables:
            secret = json.dumps(variables).encode()
            entries.append(Entry(f"{recipe.BUILD}/settings.json", data=secret, mode=0o600))
        layer = Layer(
            base.name,
            tag,
            entries,
            recipe.launch(made.packages),
            _config(base, inside.PACKAGES_KIND, made.packages),
            recipe.needs_this_host(made, variables),
        )
        _, code = add_layer(client, layer, log)
        if code:
            raise _cannot_install(base, made, code, log)


def _build_environment(
    client: DockerClient, base: Base, layer: Layer, ours: str, packages: Packages, log: BuildLog
) -> None:
    compiled = f"exec {inside.PYTHON} -m compileall -q {inside.SITE}"
    config = _config(base, inside.ENVIRONMENT_KIND, packages)
    config["Labels"] |= {inside.TREE: ours, inside.SPECIFIED: packages.digest}
    _, code = add_layer(client, replace(layer, command=compiled, config=config), log)
    if code:
        raise log.error(f"aml_nb could not be put on the image {layer.parent}.", hint=f"docker image rm {layer.parent}")
    log.say(f"The environment's image is {layer.tag}; it is kept for next time.")


def _config(base: Base, kind: str, packages: Packages) -> dict[str, Any]:
    asked = "" if packages.interpreter else " ".join(packages.requirements)
    return {
        "Env": [f"PATH={inside.ENVIRONMENT}/bin:{base.path}", f"HOME={inside.HOME}", "PYTHONUNBUFFERED=1"],
        "Cmd": [inside.PYTHON],
        "User": inside.USER,
        "Labels": {inside.KIND: kind, inside.HOLDS: without_login(asked)[:400], inside.CALLED: packages.name},
    }


def _cannot_install(base: Base, made: Recipe, code: int, log: BuildLog) -> ImageError:
    """Which line of the user's specification it was, and why, as far as uv or pip tells."""
    name = f"The image of the environment {made.packages.name!r}".replace(" ''", "")
    said = _last_try(log.lines)
    lines = _since_begun(log.lines)
    ours = [line.removeprefix(install.ERROR) for line in lines if line.startswith(install.ERROR)]
    if ours or code == _NOT_FOUND:
        why = ours[-1] if ours else f"it has no {made.packages.interpreter or 'Python'}"
        words = [f"  {line}" for line in lines[-_FEW_LINES:] if not line.startswith(install.SAID)]
        hint = "environment.docker.base_image = None takes one made from this Python"
        if made.packages.python:
            hint = f"conda_dependencies.set_python_version({VERSION!r}) takes the Python that runs here"
        error = log.error("\n".join([f"{name} cannot be built on {base.name}: {why}.", *words]), hint, lines=0)
        error.of_base = True
        return error
    text = "\n".join(said)
    if installers.NETWORK.search(text):
        return log.error(
            f"{name} cannot be built: the package index cannot be reached from a container.",
            hint="docker run --rm IMAGE with a command that reaches the index shows why; a proxy goes in HTTPS_PROXY",
        )
    telling = installers.short(text)
    culprits = _culprits(made, "\n".join(telling)) or _culprits(made, text)
    named = without_login(", ".join(culprits)) or "its packages together"
    words = [f"  {line}" for line in telling]
    return log.error(
        "\n".join([f"{name} cannot be built: {named} {installers.why(text)}.", *map(without_login, words)]),
        hint=_relax(culprits[0]) if culprits else "see the log",
        lines=0 if words else 12,
    )


def _relax(culprit: str) -> str:
    """What to do about a requirement that cannot be had."""
    if not re.search(r"[=<>~!]", culprit):
        return f"take another package: PyPI and the indexes of the environment have no {culprit!r} that fits"
    hint = f"take another version of {culprit!r}, or leave the version out"
    return f"{hint}; os.environ['AML_NB_RELAX_PINS'] = '1' takes == as >= everywhere" if "==" in culprit else hint


def _since_begun(lines: list[str]) -> list[str]:
    """What was said since the packages were begun: a Dockerfile may have said more before."""
    begun = [number for number, line in enumerate(lines) if line.startswith(_BEGUN)]
    return lines[begun[-1] + 1 :] if begun else lines


def _last_try(lines: list[str]) -> list[str]:
    starts = [number for number, line in enumerate(lines) if line.startswith(install.SAID)]
    return lines[starts[-1] + 1 :] if starts else lines


def _culprits(made: Recipe, said: str) -> list[str]:
    """The requirements that the installer names: pinned ones first, for these are what can be relaxed."""
    words = installers.spoken(said)
    named = [line for line in made.packages.requirements if installers.normal(_name(line)) in words]
    return [line for line in named if re.search(r"[=<>~!]", line)] or named


def _name(line: str) -> str:
    found = re.match(r"[A-Za-z0-9][\w.-]*", line)
    return found[0] if found else line
