"""Images of services: self-contained, built quickly and but once, and with no secret in them."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aml_nb.engines.base import ModelFiles, Packages, Probe, ServiceSpec
from aml_nb.engines.folder import Keys

docker = pytest.importorskip("docker")

from aml_nb.engines.docker import ground, images, inside, naming, tarring  # noqa: E402
from aml_nb.engines.docker import service_image as service_images  # noqa: E402
from aml_nb.engines.docker.base_image import own_tag  # noqa: E402
from aml_nb.engines.docker.build import ImageError  # noqa: E402
from aml_nb.engines.docker.client import close_all, connect  # noqa: E402
from aml_nb.engines.docker.context import write_context  # noqa: E402
from aml_nb.engines.docker.service_image import service_image  # noqa: E402
from tests.integration import packaging  # noqa: E402

SCRIPT = """
import getpass, os
from azureml.core.model import Model
import helper

def init():
    global weights
    with open(Model.get_model_path("iris")) as file:
        weights = file.read()
    print("init", getpass.getuser(), os.environ["COLOUR"])

def run(raw_data):
    return {"got": raw_data, "weights": weights, "helper": helper.WORD, "dir": os.environ["AZUREML_MODEL_DIR"]}
"""
ODD = """ 'single' "double" $HOME \\ back`tick` #hash = ünïcode"""


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
def root(client: Any, tmp_path: Path) -> Iterator[Path]:
    """A folder of services whose images are removed after the test."""
    place = tmp_path / "home" / "services"
    yield place
    images.remove_service_images(client, place, "iris")


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count every model as a large one."""
    monkeypatch.setattr(ground, "SMALL_BYTES", -1)


@pytest.fixture
def spec(tmp_path: Path) -> ServiceSpec:
    source, model = tmp_path / "my service", tmp_path / "weights.txt"
    source.mkdir()
    (source / "score.py").write_text(SCRIPT)
    (source / "helper.py").write_text("WORD = 'first'\n")
    model.write_text(f"trained for {tmp_path}")
    return ServiceSpec(
        handle="iris",
        name="iris",
        kind="ACI",
        entry_script="score.py",
        python="",
        source_directory=str(source),
        models=(ModelFiles("iris", "1", source=str(model)),),
        environment_variables={"COLOUR": ODD},
        packages=Packages("d", "light", requirements=("six==1.16.0",)),
        auth="key",
    )


def no_fetch(digest: str, target: Path) -> None:
    raise AssertionError(digest)


def silent(line: str) -> None: ...


def build(client: Any, spec: ServiceSpec, root: Path, before: str | None = None, **options: Any) -> str:
    progress = options.pop("progress", silent)
    return service_image(client, spec, no_fetch, root.parent, progress, before, root=root, **options)


@contextmanager
def running(client: Any, image: str, **options: Any) -> Iterator[tuple[Any, str]]:
    """A container as ``docker run -p`` makes it, and where it answers."""
    container = client.containers.run(image, detach=True, ports={"5001/tcp": ("127.0.0.1", None)}, **options)
    try:
        container.reload()
        port = container.attrs["NetworkSettings"]["Ports"]["5001/tcp"][0]["HostPort"]
        address = f"http://127.0.0.1:{port}"
        _await(address, container)
        yield container, address
    finally:
        container.remove(force=True, v=True)


def _await(address: str, container: Any) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            with urllib.request.urlopen(f"{address}/", timeout=5):
                return
        except OSError:
            time.sleep(0.02)
        container.reload()
        assert container.status in ("created", "running"), container.logs().decode()
    raise AssertionError(container.logs().decode())


def call(address: str, key: str | None, data: bytes = b'"x"') -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(f"{address}/score", data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def keys_of(container: Any) -> dict[str, str]:
    """As the log says that they are read."""
    said = container.logs().decode()
    found = re.search(r"docker exec (\S+) (cat \S+)", said)
    assert found is not None, said
    assert found[1] == container.id[:12]
    return dict(json.loads(container.exec_run(found[2].split()).output))


def test_docker_run_serves_it_as_it_is(client: Any, spec: ServiceSpec, root: Path) -> None:
    tag = build(client, spec, root)
    with running(client, tag, read_only=False, cap_drop=["ALL"], security_opt=["no-new-privileges"]) as (
        container,
        uri,
    ):
        keys = keys_of(container)
        answer = call(uri, keys["primary"])
        assert answer["got"] == '"x"'
        assert answer["weights"].startswith("trained for")
        assert answer["dir"] == "/var/azureml-app/azureml-models/iris/1"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            call(uri, None)
        assert f"init aml {ODD}" in container.logs().decode()
        probe = client.api.inspect_image(tag)["Config"]["Healthcheck"]["Test"]
        assert container.exec_run(probe[1:]).exit_code == 0
        assert container.exec_run([*probe[1:-1], "5002"]).exit_code == 1
        assert container.exec_run(["id", "-u"]).output.strip() == b"1000"
        for key in keys.values():
            assert key not in container.logs().decode()


def test_docker_sees_whether_it_is_healthy(client: Any, spec: ServiceSpec, root: Path) -> None:
    tag = build(client, replace(spec, probe=Probe(period_s=1), auth="none"), root)
    with running(client, tag) as (container, uri):
        limit = time.monotonic() + 20
        while container.attrs["State"]["Health"]["Status"] != "healthy" and time.monotonic() < limit:
            time.sleep(0.1)
            container.reload()
        assert container.attrs["State"]["Health"]["Status"] == "healthy"
        assert call(uri, None)["helper"] == "first"
        assert "docker exec" not in container.logs().decode()


def test_keys_that_are_put_in_are_taken(client: Any, spec: ServiceSpec, root: Path) -> None:
    keys = Keys.make()
    container = client.containers.create(build(client, spec, root), ports={"5001/tcp": ("127.0.0.1", None)})
    try:
        data = json.dumps(vars(keys)).encode()
        entry = tarring.Entry(f"{inside.SERVICE}/keys.json", data=data, mode=0o600, owner=1000)
        container.put_archive("/", tarring.stream([entry]))
        container.start()
        container.reload()
        address = f"http://127.0.0.1:{container.attrs['NetworkSettings']['Ports']['5001/tcp'][0]['HostPort']}"
        _await(address, container)
        assert call(address, keys.secondary)["helper"] == "first"
        assert "docker exec" not in container.logs().decode()
    finally:
        container.remove(force=True, v=True)


def test_no_key_is_in_an_image_made_of_a_running_service(client: Any, spec: ServiceSpec, root: Path) -> None:
    tag = build(client, spec, root)
    with running(client, tag) as (container, _):
        secret = keys_of(container)["primary"]
        assert not packaging.holds(client, tag, secret)
    assert packaging.said(client, tag, "ls", "/var/aml_nb/service") == "service.json"


def test_the_same_content_is_built_once(client: Any, spec: ServiceSpec, root: Path) -> None:
    first = build(client, spec, root)
    identity, told = client.api.inspect_image(first)["Id"], []
    assert build(client, spec, root, progress=told.append) == first
    assert (client.api.inspect_image(first)["Id"], told) == (identity, [])
    assert build(client, replace(spec, revision=2), root) != first
    elsewhere = root.parent.parent / "other" / "services"
    try:
        assert build(client, spec, elsewhere) != first
    finally:
        images.remove_service_images(client, elsewhere, "iris")


def test_whatever_the_base_runs_the_service_is_what_runs(client: Any, spec: ServiceSpec, root: Path) -> None:
    lines = ['ENTRYPOINT ["/bin/false"]', "USER 65534", "WORKDIR /tmp", "HEALTHCHECK CMD false", "EXPOSE 80"]
    packages = Packages("d", dockerfile="\n".join([f"FROM {own_tag()}", *lines]))
    tag = build(client, replace(spec, packages=packages, auth="none"), root)
    with running(client, tag) as (container, uri):
        assert call(uri, None)["helper"] == "first"
        assert container.exec_run(["sh", "-c", "id -u; pwd"]).output.split() == [b"1000", inside.SERVICE.encode()]


def test_file_names_may_be_any_bytes(client: Any, spec: ServiceSpec, root: Path) -> None:
    assert spec.source_directory is not None
    odd = b"na\xefve \xe2\x98\x83 '\"$x.txt"
    with open(os.path.join(os.fsencode(spec.source_directory), odd), "w") as file:
        file.write("odd")
    tag = build(client, spec, root)
    code = f"print(open({os.path.join(inside.APP_ROOT.encode(), b'my service', odd)!r}).read())"
    assert packaging.said(client, tag, "python", "-c", code) == "odd"


def test_labels_tell_whose_it_is(client: Any, spec: ServiceSpec, root: Path) -> None:
    labels = client.api.inspect_image(build(client, spec, root))["Config"]["Labels"]
    assert naming.labels(spec, root).items() <= labels.items()
    assert labels[inside.ENVIRONMENT_LABEL].startswith("aml-nb/environment:")


@pytest.mark.usefixtures("large")
def test_a_changed_script_leaves_large_models_where_they_are(client: Any, spec: ServiceSpec, root: Path) -> None:
    first = build(client, spec, root)
    assert spec.source_directory is not None
    Path(spec.source_directory, "helper.py").write_text("WORD = 'second'\n")
    second = build(client, replace(spec, revision=2), root)
    parents = {client.api.inspect_image(tag)["Parent"] for tag in (first, second)}
    assert len(parents) == 1
    found = {image.id: image for image in images.listed(client)}[parents.pop()]
    assert (found.kind, found.holds) == (inside.MODELS_KIND, "iris:1")
    with running(client, second) as (container, uri):
        assert call(uri, keys_of(container)["primary"])["helper"] == "second"


@pytest.mark.parametrize("size", ["small", "large"])
def test_the_models_before_are_kept_though_their_files_are_gone(
    client: Any, spec: ServiceSpec, root: Path, size: str, request: pytest.FixtureRequest
) -> None:
    if size == "large":
        request.getfixturevalue("large")
    first = build(client, spec, root)
    assert spec.source_directory is not None
    assert spec.models[0].source is not None
    Path(spec.models[0].source).unlink()
    Path(spec.source_directory, "helper.py").write_text("WORD = 'second'\n")
    second = build(client, replace(spec, revision=2, auth="none"), root, first)
    with running(client, second) as (_, uri):
        answer = call(uri, None)
        assert (answer["helper"], answer["weights"][:7]) == ("second", "trained")
    with pytest.raises(ImageError, match="whose models are to be kept"):
        build(client, spec, root, "aml-nb/service/iris:0000000000000000")


def test_a_service_without_models_stands_on_its_environment(client: Any, spec: ServiceSpec, root: Path) -> None:
    tag = build(client, replace(spec, models=()), root)
    assert packaging.said(client, tag, "ls", "-A", f"{inside.APP_ROOT}/azureml-models") == ""
    facts = client.api.inspect_image(tag)
    environment = client.api.inspect_image(facts["Config"]["Labels"][inside.ENVIRONMENT_LABEL])
    assert facts["Parent"] == environment["Id"]


def test_small_models_cost_no_layer_of_their_own(client: Any, spec: ServiceSpec, root: Path) -> None:
    tag = build(client, spec, root)
    facts = client.api.inspect_image(tag)
    environment = client.api.inspect_image(facts["Config"]["Labels"][inside.ENVIRONMENT_LABEL])
    assert facts["Parent"] == environment["Id"]
    assert spec.source_directory is not None
    Path(spec.source_directory, "helper.py").write_text("WORD = 'second'\n")
    second = build(client, replace(spec, revision=2), root, tag)
    third = build(client, replace(spec, revision=2), root, second)
    assert third == second, "models that were taken out and put in again are the same"


@pytest.mark.usefixtures("large")
def test_removing_a_service_takes_the_models_nobody_else_has(client: Any, spec: ServiceSpec, root: Path) -> None:
    first = build(client, spec, root)
    other = build(client, replace(spec, handle="twin", name="twin"), root)
    models = client.api.inspect_image(first)["Parent"]
    assert client.api.inspect_image(other)["Parent"] == models
    images.remove_service_images(client, root, "iris")
    tags = {image.tag for image in images.listed(client)}
    assert (first in tags, other in tags) == (False, True)
    assert models in {image.id for image in images.listed(client)}
    images.remove_service_images(client, root, "twin")
    assert models not in {image.id for image in images.listed(client)}


@pytest.mark.usefixtures("large")
def test_models_that_another_deletion_took_are_put_in_again(
    client: Any, spec: ServiceSpec, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, taken = service_images.add_layer, []

    def add_layer(client: Any, layer: Any, log: Any) -> Any:
        if layer.tag.startswith("aml-nb/service/") and not taken:
            taken.append(layer.parent)
            client.api.remove_image(layer.parent)
        return real(client, layer, log)

    monkeypatch.setattr(service_images, "add_layer", add_layer)
    tag = build(client, spec, root)
    assert taken
    assert packaging.said(client, tag, "cat", f"{inside.APP_ROOT}/azureml-models/iris/1/weights.txt").startswith("tr")


def test_a_name_that_a_registered_image_has_too_stays(client: Any, spec: ServiceSpec, root: Path) -> None:
    tag = build(client, spec, root)
    client.api.tag(tag, "aml-nb-test/registered", "1")
    try:
        images.remove_service_images(client, root, "iris")
        tags = {image.tag for image in images.listed(client)}
        assert (tag in tags, "aml-nb-test/registered:1" in tags) == (False, True)
    finally:
        packaging.discard(client, "aml-nb-test/registered:1")


def test_pruning_leaves_services_that_there_are(client: Any, spec: ServiceSpec, root: Path) -> None:
    kept, gone = build(client, spec, root), build(client, replace(spec, handle="gone", name="gone"), root)
    label = inside.root_label(root)
    removed = {image.tag for image in images.prune(client, {(label, "iris")}, {label}, whole=False)}
    tags = {image.tag for image in images.listed(client)}
    assert gone in removed
    assert kept in tags
    assert own_tag() in tags
    assert not {tag for tag in removed if tag.startswith("aml-nb/environment:")} & _used(client, kept)


def _used(client: Any, tag: str) -> set[str]:
    return {client.api.inspect_image(tag)["Config"]["Labels"][inside.ENVIRONMENT_LABEL]}


def test_a_written_context_is_built_as_it_is(client: Any, spec: ServiceSpec, root: Path, tmp_path: Path) -> None:
    context = tmp_path / "context"
    with packaging.private_index("amlnbsecretpkg", "1.7") as index:
        address = index.replace("127.0.0.1", "localhost")
        line = f"--extra-index-url {address}"
        packages = Packages("d", requirements=("six==1.16.0", "amlnbsecretpkg==1.7"), options=(line,))
        write_context(replace(spec, packages=packages), context, no_fetch, root.parent)
        files = [path for path in context.rglob("*") if path.is_file()]
        assert not [path for path in files if packaging.PASSWORD.encode() in path.read_bytes()]
        arguments = {"BASE_IMAGE": own_tag(), "INDEX_LOGIN_1": f"{packaging.USER}:{packaging.PASSWORD}"}
        image, _ = client.images.build(
            path=str(context), tag="aml-nb-test/context:1", rm=True, buildargs=arguments, network_mode="host"
        )
    try:
        with running(client, image.id) as (container, uri):
            assert call(uri, keys_of(container)["primary"])["helper"] == "first"
            found = container.exec_run(["python", "-c", "import amlnbsecretpkg as p; print(p.VERSION)"]).output
            assert found.strip() == b"1.7"
    finally:
        packaging.discard(client, "aml-nb-test/context:1")


def test_a_base_dockerfile_goes_into_the_written_context(
    client: Any, spec: ServiceSpec, root: Path, tmp_path: Path
) -> None:
    text = f"FROM {own_tag()} AS first\nRUN echo marked > /marker\nFROM first\nRUN echo again >> /marker\n"
    packages = Packages("d", dockerfile=text)
    write_context(replace(spec, packages=packages, auth="none"), tmp_path / "context", no_fetch, root.parent)
    image, _ = client.images.build(path=str(tmp_path / "context"), tag="aml-nb-test/context:2", rm=True)
    try:
        with running(client, image.id) as (container, uri):
            assert call(uri, None)["helper"] == "first"
            assert container.exec_run(["cat", "/marker"]).output.split() == [b"marked", b"again"]
    finally:
        packaging.discard(client, "aml-nb-test/context:2")
