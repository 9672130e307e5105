"""Makes the environment of an image. It runs inside the image that is being built, as a script, by any Python there.

It finds beside it:

    plan.json          what is asked for
    requirements.txt   lines for pip or uv; may be empty
    constraints.txt    versions to take where a line leaves the choice
    settings.json      variables with addresses and logins of package indexes; not there where there are none
    ca.crt             certificates that the building machine trusts besides; not there where there are none

and takes all of it away when it is done, so that nothing of it is in the image.
"""

from __future__ import annotations

import compileall
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from aml_nb.engines import installers

HERE = Path(__file__).resolve().parent
SAID = "aml_nb: "
ERROR = f"{SAID}error: "
OLDEST = (3, 10)
_PIP_FOR_OTHERS = (22, 3)
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


class Attempt(NamedTuple):
    """One way to install."""

    tried: str
    options: list[str]


def main() -> int:
    """Do it; what is printed is the build's log."""
    plan: dict[str, Any] = json.loads((HERE / "plan.json").read_text())
    _take_settings()
    if sys.version_info < OLDEST:
        _fail(f"the image has Python {_version()}, and 3.10 is the oldest that will do")
    environment, site = Path(plan["environment"]), Path(plan["site"])
    uv = shutil.which("uv")
    _make(environment, plan, uv)
    code = _install(environment, plan, uv)
    if code:
        return code
    (_site_packages(environment) / "aml_nb.pth").write_text(f"{site}\n")
    _compile_library()
    for folder in plan["folders"]:
        os.makedirs(folder, exist_ok=True)
        os.chown(folder, plan["uid"], plan["uid"])
    _know_user(plan)
    shutil.rmtree(HERE)
    return 0


def _take_settings() -> None:
    """Let the installer know indexes, proxies and certificates; they are for this build alone."""
    file = HERE / "settings.json"
    if file.exists():
        os.environ.update(json.loads(file.read_text()))
        file.unlink()
    os.environ.update(
        UV_NO_PROGRESS="1", NO_COLOR="1", UV_LINK_MODE="copy", UV_NO_CACHE="1", UV_PYTHON_PREFERENCE="system",
        UV_PYTHON_INSTALL_DIR="/opt/aml_nb/python", PIP_NO_INPUT="1", PIP_NO_CACHE_DIR="1", PIP_PROGRESS_BAR="off",
        PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore", PIP_NO_WARN_SCRIPT_LOCATION="1",
    )  # fmt: skip
    if (HERE / "ca.crt").exists():
        whole = HERE / "bundle.crt"
        whole.write_bytes(b"\n".join([*_own_bundles(), (HERE / "ca.crt").read_bytes()]))
        for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            os.environ[name] = str(whole)


def _own_bundles() -> list[bytes]:
    """What the image trusts by itself."""
    places = [os.environ.get("SSL_CERT_FILE", ""), *_BUNDLES]
    pip = importlib.util.find_spec("pip")
    if pip is not None and pip.origin:
        places.append(str(Path(pip.origin).parent / "_vendor" / "certifi" / "cacert.pem"))
    found = [place for place in places if os.path.isfile(place)]
    return [Path(place).read_bytes() for place in found[:1]]


def _make(environment: Path, plan: dict[str, Any], uv: str | None) -> None:
    """A virtual environment: what the image has besides stays as it is."""
    asked = plan.get("python")
    running = asked is None or f"{_version()}.".startswith(f"{asked}.")
    version = sys.executable if asked is None or running else str(asked)
    if uv is None and not running:
        _fail(f"Python {asked} is asked for, and the image has Python {_version()} and no uv to fetch another")
    shared = ["--system-site-packages"] if plan.get("interpreter") else []
    if uv is not None:
        command = [uv, "venv", "--quiet", "--python", version, *shared, str(environment)]
    else:
        command = [sys.executable, "-m", "venv", "--without-pip", *shared, str(environment)]
    if _run(command):
        _fail(f"no environment could be made with Python {_version() if running else asked}")


def _install(environment: Path, plan: dict[str, Any], uv: str | None) -> int:
    """Try the ways to install, best first: preferred versions, wheels, at last from source."""
    python = environment / "bin" / "python"
    if uv is not None:
        command = [uv, "pip", "install", "--python", str(python), "--compile-bytecode"]
    elif importlib.util.find_spec("pip") is not None:
        command = [*_pip(environment, python), "install"]
    else:
        _fail("the image has neither uv nor pip, one of which is needed to install packages")
    wheels, said = ["--only-binary", ":all:"], ""
    constrained = (HERE / "constraints.txt").stat().st_size > 0
    constraints = [*wheels, "--constraint", str(HERE / "constraints.txt")]
    ways = [Attempt("ready-made wheels, in the versions preferred", constraints)] if constrained else []
    ways += [Attempt("ready-made wheels", wheels), Attempt("ready-made wheels, then building from source", [])]
    for number, way in enumerate(ways):
        print(f"{SAID}installing from {way.tried}", flush=True)
        code, said = _spoken([*command, *_asked(plan, uv is not None), *way.options])
        if not code:
            return 0
        last = number == len(ways) - 2
        if not (installers.may_be_built(said) if last else installers.is_about_packages(said)):
            break
    return 1


def _pip(environment: Path, python: Path) -> list[str]:
    """pip, of the image, told to install into the environment."""
    from importlib.metadata import version

    own = [sys.executable, "-m", "pip"]
    if tuple(int(part) for part in version("pip").split(".")[:2]) >= _PIP_FOR_OTHERS:
        return [*own, "--python", str(python)]
    os.environ["PIP_TARGET"] = str(_site_packages(environment))
    return own


def _asked(plan: dict[str, Any], for_uv: bool) -> list[str]:
    """The requirements as a file of the installer's, and options that cannot stand in it."""
    options, given = installers.options_of_uv(plan["options"]) if for_uv else (plan["options"], [])
    options = [option for option in options if option != "--no-cache-dir"]
    file = HERE / "all.txt"
    file.write_text("\n".join([*options, (HERE / "requirements.txt").read_text()]))
    return ["-r", str(file), *given]


def _site_packages(environment: Path) -> Path:
    python = str(environment / "bin" / "python")
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip())


def _compile_library() -> None:
    """A container's user cannot write there, so that each start would compile it anew."""
    if not os.path.exists(importlib.util.cache_from_source(os.__file__)):
        compileall.compile_dir(sysconfig.get_path("stdlib"), quiet=2, rx=_tests())


def _tests() -> Any:
    import re

    return re.compile(r"/(site-packages|dist-packages|test|tests|idlelib)/")


def _know_user(plan: dict[str, Any]) -> None:
    """The service's user needs a name: some programs ask for it."""
    uid, home = plan["uid"], plan["home"]
    users = Path("/etc/passwd")
    rows = users.read_text() if users.exists() else "root:x:0:0:root:/root:/bin/sh\n"
    if not any(row.split(":")[2:3] == [str(uid)] for row in rows.splitlines()):
        ending = "" if rows.endswith("\n") else "\n"
        users.write_text(f"{rows}{ending}aml:x:{uid}:{uid}::{home}:/bin/sh\n")


def _version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _run(command: list[str]) -> int:
    return subprocess.run(command, check=False).returncode


def _spoken(command: list[str]) -> tuple[int, str]:
    """Run it, passing on what it says."""
    said = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            print(line, end="", flush=True)
    return process.returncode, "".join(said)


def _fail(why: str) -> NoReturn:
    print(f"{ERROR}{why}", flush=True)
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
