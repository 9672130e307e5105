"""Base images and images of environments, made by a real daemon."""

from __future__ import annotations

import platform
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment import context_archive
from aml_nb.engines.base import Packages

docker = pytest.importorskip("docker")

from aml_nb.engines.docker import base_image, build, images, inside, package_tree  # noqa: E402
from aml_nb.engines.docker.build import BuildLog, ImageError, Layer  # noqa: E402
from aml_nb.engines.docker.client import DiskFull, close_all, connect  # noqa: E402
from aml_nb.engines.docker.environment_image import environment_image  # noqa: E402
from aml_nb.errors import AmlError  # noqa: E402
from tests.integration import packaging  # noqa: E402

SIX = Packages("d", "light", requirements=("six==1.16.0",))


@pytest.fixture(scope="module")
def client(require: Callable[[str], None]) -> Iterator[Any]:
    require("docker")
    require("network")
    yield connect()
    close_all()


@pytest.fixture(autouse=True)
def _one_aml_nb(monkeypatch: pytest.MonkeyPatch) -> None:
    packaging.freeze(monkeypatch)


@pytest.fixture
def made(client: Any) -> Iterator[list[str]]:
    """Images to remove after the test."""
    tags: list[str] = []
    yield tags
    packaging.discard(client, *tags)


def silent(line: str) -> None: ...


def environment(client: Any, made: list[str], packages: Packages, log: Path | None = None) -> str:
    tag = environment_image(client, packages, silent, log)
    made += [tag, *_packages_below(client, tag)]
    return tag


def _packages_below(client: Any, tag: str) -> list[str]:
    below = client.api.inspect_image(tag)["Parent"]
    return [below] if below else []


# the base


def test_the_base_is_this_python_and_is_made_once(client: Any) -> None:
    first = base_image.base_image(client, Packages("d"), BuildLog(silent))
    told: list[str] = []
    assert base_image.base_image(client, Packages("d"), BuildLog(told.append)) == first
    assert told == []
    assert first.name.startswith(f"aml-nb/base:{platform.python_version()}-")
    code = "import sys, ssl, sqlite3, ctypes, lzma, zoneinfo; zoneinfo.ZoneInfo('Asia/Tokyo'); print(sys.version)"
    assert packaging.said(client, first.name, "python3", "-c", code, user="1000:1000") == sys.version


def test_another_certificate_makes_another_base(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = base_image.own_tag()
    bundle = tmp_path / "ca.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert base_image.own_tag() != before


def test_a_base_that_is_not_there_is_named(client: Any) -> None:
    with pytest.raises(ImageError, match=r"registry\.invalid/none:7 is not on this machine") as caught:
        environment_image(client, Packages("d", base_image="registry.invalid/none:7"), silent)
    assert "Docker: " in caught.value.message
    assert "docker pull registry.invalid/none:7" in str(caught.value.hint)


def test_a_base_is_pulled(client: Any) -> None:
    with packaging.registry("tiny") as name:
        told: list[str] = []
        base = base_image.base_image(client, Packages("d", base_image=name), BuildLog(told.append))
        try:
            assert told == [f"Pulling the base image {name}."]
            assert base.path == "/bin"
            with pytest.raises(ImageError, match=f"image {name}: it has no /bin/sh"):
                environment_image(client, Packages("d", base_image=name), silent)
        finally:
            packaging.discard(client, name)
        with pytest.raises(ImageError, match="none:1 is not on this machine and cannot be pulled"):
            environment_image(client, Packages("d", base_image=name.replace("tiny", "none")), silent)


def test_the_setting_chooses_the_base(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own = base_image.base_image(client, Packages("d"), BuildLog(silent))
    client.api.tag(own.name, "aml-nb-test/base", "chosen")
    try:
        monkeypatch.setenv("AML_NB_BASE_IMAGE", "aml-nb-test/base:chosen")
        assert base_image.base_image(client, Packages("d"), BuildLog(silent)).name == "aml-nb-test/base:chosen"
        mine = base_image.base_image(client, Packages("d", base_image=own.name), BuildLog(silent))
        assert mine.name == own.name
    finally:
        packaging.discard(client, "aml-nb-test/base:chosen")


def test_a_system_that_is_not_linux_is_told_what_to_take(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(AmlError, match="an image runs Linux") as caught:
        base_image.make(client, BuildLog(silent))
    assert f"AML_NB_BASE_IMAGE=python:3.{sys.version_info.minor}-slim" in str(caught.value.hint)


# the user's Dockerfile


def dockerfile(client: Any, *lines: str) -> str:
    own = base_image.base_image(client, Packages("d"), BuildLog(silent))
    return "\n".join([f"FROM {own.name}", *lines])


def test_a_base_dockerfile_is_built_once(client: Any, made: list[str]) -> None:
    text = dockerfile(client, "RUN echo 'from the Dockerfile' > /marker")
    tag = environment(client, made, Packages("d", dockerfile=text))
    assert packaging.said(client, tag, "cat", "/marker") == "from the Dockerfile"
    told: list[str] = []
    assert environment_image(client, Packages("d", dockerfile=text), told.append) == tag
    assert told == []


def test_a_build_context_is_built_with_the_files_it_copies(client: Any, made: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "docker"
    (folder / "files").mkdir(parents=True)
    (folder / "files/marker").write_text("from the context")
    (folder / "left-out").write_text("secret")
    (folder / ".dockerignore").write_text("left-*\n")
    (folder / "files/Dockerfile").write_text(dockerfile(client, "COPY files/marker /marker", "COPY . /all"))
    held = context_archive.pack(folder, "files/Dockerfile", tmp_path / "kept")
    text = context_archive.dockerfile_of(held, "files/Dockerfile")
    packages = Packages("d", dockerfile=text, context=str(held), dockerfile_path="files/Dockerfile")
    tag = environment(client, made, packages)
    assert packaging.said(client, tag, "cat", "/marker") == "from the context"
    assert "left-out" not in packaging.said(client, tag, "ls", "-a", "/all")


def test_the_line_of_a_base_dockerfile_that_fails_is_named(client: Any, tmp_path: Path) -> None:
    text = dockerfile(client, "ENV A=b", "RUN echo now && \\", "    nonsense-command")
    with pytest.raises(ImageError, match=r"line 3: RUN echo now") as caught:
        environment_image(client, Packages("d", dockerfile=text), silent, tmp_path / "build.log")
    assert str(tmp_path / "build.log") in caught.value.message
    assert "nonsense-command: not found" in (tmp_path / "build.log").read_text()


def test_a_full_disk_is_told_as_such(client: Any) -> None:
    with pytest.raises(DiskFull, match="its disk is full") as caught:
        environment_image(
            client, Packages("d", dockerfile=dockerfile(client, "RUN cat /etc/passwd > /dev/full")), silent
        )
    assert "prune" in str(caught.value.hint)
    own = base_image.own_tag()
    with pytest.raises(DiskFull):
        build.add_layer(
            client, Layer(own, "aml-nb-test/full:1", command="cat /etc/passwd > /dev/full"), BuildLog(silent)
        )


# the environment


def test_the_second_build_builds_nothing(client: Any, made: list[str]) -> None:
    first = environment(client, made, SIX)
    identity, told = client.api.inspect_image(first)["Id"], []
    count = len(client.api.images(all=True, filters={"label": inside.KIND}))
    assert environment_image(client, SIX, told.append) == first
    assert (client.api.inspect_image(first)["Id"], told) == (identity, [])
    assert len(client.api.images(all=True, filters={"label": inside.KIND})) >= count
    code = "import six, os; print(six.__version__, os.getuid(), __import__('aml_nb').__file__)"
    assert packaging.said(client, first, "python", "-c", code) == f"1.16.0 1000 {inside.SITE}/aml_nb/__init__.py"


def test_an_upgrade_of_aml_nb_leaves_the_packages(
    client: Any, made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = environment(client, made, SIX)
    newer = tmp_path / "newer.py"
    newer.write_text("NEWER = True\n")
    files = package_tree.files()
    monkeypatch.setattr(package_tree, "files", lambda: [*files, ("newer.py", newer)])
    monkeypatch.setattr(package_tree, "digest", lambda: "a newer one")
    second = environment(client, made, SIX)
    assert second != first
    assert _packages_below(client, second) == _packages_below(client, first)
    assert packaging.said(client, second, "python", "-c", "from aml_nb import newer; print(newer.NEWER)") == "True"


def test_without_a_place_for_locks_images_are_built_all_the_same(
    client: Any, made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "file"))
    tag = environment(client, made, Packages("d", requirements=("six==1.11.0",)))
    assert packaging.said(client, tag, "python", "-c", "import six; print(six.__version__)") == "1.11.0"


def test_who_asks_for_the_same_meanwhile_waits(client: Any, made: list[str]) -> None:
    packages, told, tags = Packages("d", "both", requirements=("six==1.15.0", "iniconfig==2.0.0")), [], []
    builders = [
        threading.Thread(target=lambda: tags.append(environment_image(client, packages, told.append))) for _ in range(3)
    ]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join(120)
    made += [tags[0], *_packages_below(client, tags[0])]
    assert len(tags) == 3
    assert len(set(tags)) == 1
    assert len([line for line in told if line.startswith("Building the image")]) == 1


@pytest.mark.parametrize("pip", [pytest.param(False, id="uv"), pytest.param(True, id="pip", marks=pytest.mark.slow)])
def test_the_requirement_that_fails_is_named(
    client: Any, made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pip: bool
) -> None:
    monkeypatch.setattr(build, "CONTAINER", "aml-build-that-fails-")
    text = dockerfile(client, "RUN uv pip install --system pip && rm /usr/local/bin/uv") if pip else None
    if text:
        tag = environment(client, made, Packages("d", requirements=("six==1.16.0",), dockerfile=text))
        assert packaging.said(client, tag, "python", "-c", "import six; print(six.__version__)") == "1.16.0"
    asked = Packages("d", "mine", requirements=("six==1.16.0", "iniconfig==99.0"), dockerfile=text)
    with pytest.raises(ImageError, match=r"'mine' cannot be built: iniconfig==99\.0 is not to be had") as caught:
        environment_image(client, asked, silent, tmp_path / "build.log")
    assert "iniconfig==99.0" in str(caught.value.hint)
    assert str(caught.value.log) in caught.value.message
    assert "iniconfig" in (tmp_path / "build.log").read_text()
    assert client.api.containers(all=True, filters={"name": build.CONTAINER}) == []


def test_an_interpreter_of_the_images_own_keeps_its_packages(client: Any, made: list[str]) -> None:
    text = dockerfile(client, "RUN uv pip install --system six==1.14.0")
    tag = environment(client, made, Packages("d", interpreter="python3", dockerfile=text))
    assert packaging.said(client, tag, "python", "-c", "import six, werkzeug; print(six.__version__)") == "1.14.0"
    with pytest.raises(ImageError, match="/opt/none/bin/python"):
        environment_image(client, Packages("d", interpreter="/opt/none/bin/python", dockerfile=text), silent)


def test_a_python_that_nobody_has_is_named(client: Any) -> None:
    with pytest.raises(ImageError, match=r"no environment could be made with Python 3\.99") as caught:
        environment_image(client, Packages("d", "mine", python="3.99"), silent)
    assert "No interpreter found for Python 3.99" in caught.value.message
    assert f"set_python_version('3.{sys.version_info.minor}')" in str(caught.value.hint)


def test_what_a_killed_build_left_is_taken_away(client: Any, made: list[str]) -> None:
    packages = Packages("d", requirements=("six==1.13.0",))
    tag = environment_image(client, packages, silent)
    below = next(image for image in images.listed(client) if image.id == client.api.inspect_image(tag)["Parent"])
    packaging.discard(client, tag, below.tag)
    name = f"{build.CONTAINER}{below.tag.rpartition(':')[2]}-dead"
    client.api.create_container(own_base(client), ["sleep", "9"], name=name)
    environment(client, made, packages)
    assert client.api.containers(all=True, filters={"name": name}) == []


def own_base(client: Any) -> str:
    return base_image.base_image(client, Packages("d"), BuildLog(silent)).name


def test_a_python_that_the_image_lacks_is_named(client: Any, made: list[str]) -> None:
    text = dockerfile(client, "RUN uv pip install --system pip && rm /usr/local/bin/uv")
    with pytest.raises(ImageError, match=r"Python 3\.99 is asked for, and the image has Python 3\.\d+"):
        environment_image(client, Packages("d", python="3.99", dockerfile=text), silent)
    made.append(base_image.base_image(client, Packages("d", dockerfile=text), BuildLog(silent)).name)


def test_the_login_of_an_index_is_nowhere_in_the_image(client: Any, made: list[str], tmp_path: Path) -> None:
    with packaging.private_index("amlnbsecretpkg", "1.5") as index:
        packages = Packages("d", requirements=("amlnbsecretpkg==1.5",), options=(f"--extra-index-url {index}",))
        tag = environment(client, made, packages, tmp_path / "build.log")
    found = packaging.said(client, tag, "python", "-c", "import amlnbsecretpkg as p; print(p.VERSION)")
    assert found == "1.5"
    assert not packaging.holds(client, tag, packaging.PASSWORD)
    assert packaging.PASSWORD not in (tmp_path / "build.log").read_text()
    assert packaging.PASSWORD not in str(client.api.history(tag))


def test_the_variable_of_an_index_reaches_the_build_alone(
    client: Any, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with packaging.private_index("amlnbsecretpkg", "1.6") as index:
        monkeypatch.setenv("UV_INDEX", index)
        tag = environment(client, made, Packages("d", requirements=("amlnbsecretpkg==1.6",)))
    assert packaging.said(client, tag, "python", "-c", "import amlnbsecretpkg as p; print(p.VERSION)") == "1.6"
    assert not packaging.holds(client, tag, packaging.PASSWORD)


def test_certificates_of_this_machine_are_trusted_on_any_base(client: Any, made: list[str]) -> None:
    text = dockerfile(client, "RUN rm /etc/ssl/certs/ca-certificates.crt", "ENV SSL_CERT_FILE=")
    tag = environment(client, made, Packages("d", requirements=("six==1.16.0",), dockerfile=text))
    assert packaging.said(client, tag, "python", "-c", "import six; print(six.__version__)") == "1.16.0"


# what is kept


def test_images_are_listed_and_removed_by_name(client: Any) -> None:
    tag = environment_image(client, Packages("d", requirements=("six==1.12.0",)), silent)
    kept = {image.tag: image for image in images.listed(client)}
    found = kept[tag]
    below = next(image for image in kept.values() if image.id == found.parent)
    assert (found.kind, below.kind) == (inside.ENVIRONMENT_KIND, inside.PACKAGES_KIND)
    assert 0 < found.own < found.size
    assert found.holds == "six==1.12.0"
    with pytest.raises(ImageError, match="stand on the image"):
        images.remove(client, [below.tag])
    assert [image.tag for image in images.remove(client, [tag, below.tag])] == [tag, below.tag]
    assert tag not in {image.tag for image in images.listed(client)}


def test_an_image_of_others_is_left_alone(client: Any) -> None:
    with pytest.raises(ImageError, match="has made no image"):
        images.remove(client, ["hello-world"])
