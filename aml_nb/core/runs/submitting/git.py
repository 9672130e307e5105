"""Where a run's source stands in Git, as v1 notes it among the run's properties."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from aml_nb.masking import without_login

_PATIENCE_S = 3.0


def properties(folder: str) -> dict[str, str]:
    """Repository, branch, commit and whether there are changes; nothing outside of a repository, or without Git."""
    program = shutil.which("git")
    if program is None or not _in_repository(Path(folder).absolute()):
        return {}
    stands = _ask(program, folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if stands is None:
        return {}
    lines = stands.splitlines()
    facts = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch.") and " " in line[2:])
    found = {
        "repository_uri": without_login((_ask(program, folder, "config", "--get", "remote.origin.url") or "").strip()),
        "branch": facts.get("branch.head", ""),
        "commit": facts.get("branch.oid", "").replace("(initial)", ""),
    }
    known = {f"azureml.git.{name}": value for name, value in found.items() if value}
    for name, other in (("repository_uri", "repoURL"), ("branch", "branch"), ("commit", "commit")):
        if found[name]:
            known[f"mlflow.source.git.{other}"] = found[name]
    known["azureml.git.dirty"] = str(any(not line.startswith("#") for line in lines))
    return known


def _in_repository(folder: Path) -> bool:
    return any((place / ".git").exists() for place in (folder, *folder.parents))


def _ask(program: str, folder: str, *words: str) -> str | None:
    """What Git says; None where it fails, or takes too long."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            [program, "-C", folder, *words],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
