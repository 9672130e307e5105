"""Docker build contexts: kept whole, with nothing from outside, fetched from Git, and told to the engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from aml_nb.core.environment import DockerBuildContext, Environment
from aml_nb.core.environment.build_context import archive_of
from aml_nb.core.environment.dockerignore import Ignored
from aml_nb.core.resolve import resolve_environment
from aml_nb.core.resolve.image import packages_of
from aml_nb.core.workspace import Workspace
from aml_nb.errors import NotAvailableError, UserErrorException

Kind = DockerBuildContext.LocationType


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A context: a Dockerfile, a file, a folder with one, and a link that leads out of it."""
    made = tmp_path / "docker"
    (made / "data").mkdir(parents=True)
    (made / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (made / "a.txt").write_text("a")
    (made / "data/b.csv").write_text("b")
    (made / "link").symlink_to("/etc/passwd")
    return made


def held(context: DockerBuildContext) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(archive_of(context)) as tar:
        return {member.name: member for member in tar}


def test_a_folder_is_kept_as_it_is_and_links_stay_links(ws: Workspace, folder: Path) -> None:
    context = DockerBuildContext.from_local_directory(ws, str(folder))
    assert (context.location_type, context.dockerfile_path) == (Kind.StorageAccount, "Dockerfile")
    shutil.rmtree(folder)
    found = held(context)
    assert set(found) == {"Dockerfile", "a.txt", "data", "data/b.csv", "link"}
    assert (found["link"].issym(), found["link"].linkname) == (True, "/etc/passwd")


def test_second_names_programs_and_what_is_no_file(ws: Workspace, folder: Path) -> None:
    os.link(folder / "a.txt", folder / "again.txt")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    os.mkfifo(folder / "pipe")
    context = DockerBuildContext.from_local_directory(ws, str(folder))
    with tarfile.open(archive_of(context)) as tar:
        both = [tar.extractfile(name) for name in ("a.txt", "again.txt")]
        assert [file.read() for file in both if file is not None] == [b"a", b"a"]
        assert tar.getmember("run.sh").mode & 0o111
        assert "pipe" not in tar.getnames()
        assert {(member.uid, member.uname) for member in tar} == {(0, "")}


def test_a_workspace_in_the_folder_is_left_out(ws: Workspace, folder: Path) -> None:
    (ws._folder / "Dockerfile").write_text("FROM scratch\n")
    (ws._folder.parent / "Dockerfile").write_text("FROM scratch\n")
    found = held(DockerBuildContext.from_local_directory(ws, str(ws._folder.parent)))
    assert "Dockerfile" in found
    assert not [name for name in found if name.startswith(ws._folder.name)]


def test_a_folder_that_may_not_be_read_is_named(ws: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def refuse(path: Any) -> Any:
        if path == str(folder / "data") or path == folder / "data":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        with pytest.raises(UserErrorException, match="data of the build context cannot be read: Permission denied"):
            DockerBuildContext.from_local_directory(ws, str(folder))


def test_equal_folders_are_kept_once_whenever_they_were_written(ws: Workspace, folder: Path) -> None:
    first = DockerBuildContext.from_local_directory(ws, str(folder)).location
    os.utime(folder / "a.txt", (1, 1))
    assert DockerBuildContext.from_local_directory(ws, str(folder)).location == first
    (folder / "a.txt").write_text("b")
    assert DockerBuildContext.from_local_directory(ws, str(folder)).location != first
    assert len(list((ws._folder / "build-contexts").iterdir())) == 2


def test_what_dockerignore_names_stays_behind_but_the_dockerfile(ws: Workspace, folder: Path) -> None:
    (folder / ".dockerignore").write_text("# none of this\n*\n!a.txt\n!data/*.csv\n")
    assert set(held(DockerBuildContext.from_local_directory(ws, str(folder)))) == {
        "Dockerfile", ".dockerignore", "a.txt", "data", "data/b.csv",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("line", "out", "stays"),
    [
        ("*.md", ["a.md"], ["a/a.md", "a.mdx"]),
        ("**/*.md", ["a.md", "a/b/a.md"], ["a.mdx"]),
        ("/data", ["data", "data/x/y"], ["more/data", "data2"]),
        ("a?", ["ab"], ["a/", "abc"]),
        ("./a/../b/", ["b", "b/c"], ["a"]),
        ("x[^a-c]", ["xd"], ["xa", "xdd"]),
        (r"a\*", ["a*"], ["ab"]),
        ("a/**", ["a/b", "a/b/c"], ["a"]),
        ("**/tmp/**", ["tmp/a", "b/tmp/c"], ["tmp2/a"]),
        ("  # no comment, for it does not begin the line", ["# no comment, for it does not begin the line"], [""]),
    ],
)
def test_patterns_are_read_as_docker_does(line: str, out: list[str], stays: list[str]) -> None:
    ignored = Ignored.of([line, "", "# a comment"])
    assert [ignored(path) for path in out] == [True] * len(out)
    assert [ignored(path) for path in stays] == [False] * len(stays)


def test_the_last_line_that_speaks_of_a_file_decides() -> None:
    ignored = Ignored.of(["*.md", "!README*.md", "README-secret.md"])
    assert [ignored(name) for name in ("a.md", "README.md", "README-secret.md")] == [True, False, True]


def test_a_pattern_that_is_none_is_told(ws: Workspace, folder: Path) -> None:
    (folder / ".dockerignore").write_text("[z-a]\n")
    with pytest.raises(UserErrorException, match=r"\[z-a\].*is no pattern"):
        DockerBuildContext.from_local_directory(ws, str(folder))


@pytest.mark.parametrize("path", ["../Dockerfile", "/etc/passwd", "link", ".", "data/../../Dockerfile"])
def test_a_dockerfile_outside_is_refused(ws: Workspace, folder: Path, path: str) -> None:
    (folder.parent / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(UserErrorException, match="leads out of the build context"):
        DockerBuildContext.from_local_directory(ws, str(folder), path)


def test_a_folder_or_dockerfile_that_is_not_there_is_named(ws: Workspace, folder: Path) -> None:
    with pytest.raises(UserErrorException, match="'none' is no folder"):
        DockerBuildContext.from_local_directory(ws, "none")
    with pytest.raises(UserErrorException, match=r"has no file 'Dockerfile\.gpu'"):
        DockerBuildContext.from_local_directory(ws, str(folder), "Dockerfile.gpu")


def test_it_survives_registration_and_is_what_the_image_is_made_of(ws: Workspace, folder: Path) -> None:
    (folder / "Dockerfile").rename(folder / "data/Dockerfile.cpu")
    context = DockerBuildContext.from_local_directory(ws, str(folder), "data/Dockerfile.cpu")
    Environment.from_docker_build_context("iris", context).register(ws)
    packages, _ = packages_of(Environment.get(ws, "iris"), None, "score.py")
    assert packages.context == str(archive_of(context))
    assert (packages.dockerfile_path, packages.dockerfile) == ("data/Dockerfile.cpu", "FROM scratch\nCOPY . /\n")
    assert (packages.interpreter, packages.requirements) == ("python", ())


def test_another_workspaces_context_is_the_same_specification(ws: Workspace, folder: Path, tmp_path: Path) -> None:
    context = DockerBuildContext.from_local_directory(ws, str(folder))
    elsewhere = Path(shutil.copy(archive_of(context), tmp_path))
    other = DockerBuildContext(Kind.StorageAccount, elsewhere.as_uri())
    made = [packages_of(Environment.from_docker_build_context("a", each), None, "")[0] for each in (context, other)]
    assert made[0].digest == made[1].digest


def test_processes_leave_it_out_and_say_so(ws: Workspace, folder: Path) -> None:
    context = DockerBuildContext.from_local_directory(ws, str(folder))
    found = resolve_environment(Environment.from_docker_build_context("iris", context))
    assert found.kind == "current"
    assert any("Dockerfile is not used" in note for note in found.notes)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_a_branch_and_a_folder_of_a_repository(folder: Path, home: Path) -> None:
    def git(*command: str) -> None:
        identity = ["-c", "user.name=me", "-c", "user.email=me@example.com"]
        subprocess.run(["git", "-C", str(folder), *identity, *command], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", "a.txt")
    git("commit", "-q", "-m", "one")
    git("checkout", "-q", "-b", "work")
    (folder / "data/Dockerfile").write_text("FROM scratch\n")
    (folder / "out").symlink_to("..")
    git("add", ".")
    git("commit", "-q", "-m", "two")
    git("checkout", "-q", "main")
    url = f"file://{folder}"
    assert set(held(DockerBuildContext(Kind.Git, f"{url}#work:data"))) == {"Dockerfile", "b.csv"}
    assert ".git" not in held(DockerBuildContext(Kind.Git, f"{url}#work"))
    with pytest.raises(UserErrorException, match="has no file 'Dockerfile'"):
        archive_of(DockerBuildContext(Kind.Git, url))
    with pytest.raises(UserErrorException, match="leads out of the repository"):
        archive_of(DockerBuildContext(Kind.Git, f"{url}#work:out"))
    with pytest.raises(UserErrorException, match="cannot be fetched"):
        archive_of(DockerBuildContext(Kind.Git, f"{url}#none"))


@pytest.mark.parametrize("url", ["ext::sh -c x", "--upload-pack=x", "https://-x", "file:///x#--y", "docker"])
def test_what_is_no_repository_is_refused(url: str) -> None:
    with pytest.raises(UserErrorException, match="no URL of a Git repository"):
        archive_of(DockerBuildContext(Kind.Git, url))


def test_a_context_in_the_cloud_is_told_to_be_out_of_reach() -> None:
    with pytest.raises(NotAvailableError, match="https://x/y ") as caught:
        archive_of(DockerBuildContext(Kind.StorageAccount, "https://x/y?sig=secret"))
    assert "secret" not in str(caught.value)
    with pytest.raises(UserErrorException, match="no location"):
        archive_of(DockerBuildContext())


def test_an_archive_that_is_gone_is_named(ws: Workspace, folder: Path) -> None:
    context = DockerBuildContext.from_local_directory(ws, str(folder))
    archive_of(context).unlink()
    with pytest.raises(UserErrorException, match="cannot be read"):
        packages_of(Environment.from_docker_build_context("iris", context), None, "")
