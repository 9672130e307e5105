"""What tests of images share: a package index that wants a login, and how an image is looked into.

Import it where `docker` is installed.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from docker import DockerClient
from docker.errors import APIError

from aml_nb.engines.docker import package_tree

USER, PASSWORD = "reader", "pa55-of-the-index"


def wheel(name: str, version: str) -> bytes:
    """A package with one module that holds its version."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in files)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return whole.getvalue()


@contextmanager
def registry(name: str) -> Iterator[str]:
    """A registry with one image, which holds one file; the image's name."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w:gz") as tar:
        head = tarfile.TarInfo("from-the-registry")
        tar.addfile(head)
    plain = gzip.decompress(layer.getvalue())
    config = json.dumps(
        {"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"]},
         "rootfs": {"type": "layers", "diff_ids": [_digest(plain)]}}
    ).encode()  # fmt: skip
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps(
        {"schemaVersion": 2, "mediaType": kind,
         "config": _part("application/vnd.docker.container.image.v1+json", config),
         "layers": [_part("application/vnd.docker.image.rootfs.diff.tar.gzip", layer.getvalue())]}
    ).encode()  # fmt: skip
    blobs = {_digest(data): data for data in (config, layer.getvalue())}
    pages = {f"/v2/{name}/blobs/{digest}": data for digest, data in blobs.items()}
    pages |= {f"/v2/{name}/manifests/{label}": manifest for label in ("1", _digest(manifest))} | {"/v2/": b"{}"}
    with _served(pages, lambda path: kind if "manifests" in path else "application/octet-stream") as address:
        yield f"{address}/{name}:1"


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _part(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "size": len(data), "digest": _digest(data)}


@contextmanager
def private_index(name: str, version: str) -> Iterator[str]:
    """Serve one package to whoever knows the password; the address, with the login in it."""
    file, login = f"{name}-{version}-py3-none-any.whl", base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    pages = {
        f"/simple/{name}/": f'<a href="/files/{file}">{file}</a>'.encode(),
        f"/files/{file}": wheel(name, version),
    }

    def kind(path: str) -> str:
        return "application/octet-stream" if path.endswith(".whl") else "text/html"

    with _served(pages, kind, f"Basic {login}") as address:
        yield f"http://{USER}:{PASSWORD}@{address}/simple"


@contextmanager
def _served(pages: dict[str, bytes], kind: Callable[[str], str], login: str | None = None) -> Iterator[str]:
    """Serve pages at the loopback to whoever has the login; the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = login is None or self.headers.get("Authorization") == login
            body = pages.get(self.path, b"") if known else b""
            self.send_response(200 if body else 404 if known else 401)
            if not known:
                self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.send_header("Content-Type", kind(self.path))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *args: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take aml_nb as it is now for the rest of a test that compares tags: somebody may be editing it."""
    files, digest = package_tree.files(), package_tree.digest()
    monkeypatch.setattr(package_tree, "files", lambda: files)
    monkeypatch.setattr(package_tree, "digest", lambda: digest)


def said(client: DockerClient, image: str, *command: str, user: str | None = None) -> str:
    """What a command prints in a container of the image; what it says when it fails, too."""
    container = client.containers.create(image, list(command), user=user)
    try:
        container.start()
        container.wait()
        return str(container.logs().decode()).strip()
    finally:
        container.remove(force=True, v=True)


def discard(client: DockerClient, *images: str) -> None:
    """Remove images, save those on which other tests' images stand."""
    for image in images:
        try:
            client.api.remove_image(image, force=True)
        except APIError as error:
            if error.status_code not in (404, 409):
                raise


def holds(client: DockerClient, image: str, secret: str) -> bool:
    """Whether the secret is anywhere in the image as it would be pushed: configuration, history, files."""
    wanted, before = secret.encode(), b""
    for chunk in client.api.get_image(image):
        if wanted in before + chunk:
            return True
        before = chunk[-len(wanted) :]
    return False
