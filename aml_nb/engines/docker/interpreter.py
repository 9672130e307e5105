"""The running Python as the files of an image: interpreter, standard library, and every library they load."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from aml_nb.engines.docker import certificates, inside
from aml_nb.engines.docker.tarring import Entry, tree
from aml_nb.errors import UserErrorException

SETTING = "AML_NB_BASE_IMAGE"
"""Names the image that takes the place of the one made here."""
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# The manylinux policy lets wheels count on these; those for a display are left out, as slim images do.
_EXPECTED = (
    "libc.so.6 libm.so.6 libdl.so.2 librt.so.1 libpthread.so.0 libutil.so.1 libresolv.so.2 libgcc_s.so.1 "
    "libstdc++.so.6 libz.so.1 libexpat.so.1 libnsl.so.1 libgomp.so.1 libnss_dns.so.2 libnss_files.so.2"
).split()
_TOOLS = (
    "sh env cat chmod cp echo false grep head id ln ls mkdir mv printf pwd rm rmdir sed sleep sort tail tar test touch "
    "tr true uname wc"
).split()
_LEFT_OUT = {"site-packages", "dist-packages", "test", "tests", "idlelib", "turtledemo", "tkinter", "ensurepip"}
_ARCHITECTURES = {"x86_64": "x86-64", "aarch64": "AArch64"}
_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\naml:x:1000:1000:aml:/home/aml:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/:/bin/false\n",
    "etc/group": "root:x:0:\naml:x:1000:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def refusal() -> str | None:
    """Why no image can be made from this Python; None where it can."""
    if sys.platform != "linux":
        return f"an image runs Linux, and this Python is one for {platform.system()}"
    if platform.libc_ver()[0] != "glibc":
        return "this Python was not built for glibc, which packages' ready-made wheels need"
    if shutil.which("ldd") is None:
        return "there is no ldd here, which tells the libraries that this Python loads"
    return None


def facts() -> list[str]:
    """What a change of which makes another image: the interpreter, its libraries' age, uv, the certificates."""
    bundle = certificates.trusted()
    places = [_executable(), _stdlib() / "os.py", _shared(), _uv(), bundle]
    known = [f"{place} {_stamp(place)}" for place in places if place is not None]
    return [sys.version, platform.machine(), sys.platlibdir, *known]


def entries() -> Iterator[Entry]:
    """Everything that the image holds."""
    programs = [_executable(), *(Path(found) for tool in _TOOLS if (found := shutil.which(tool)))]
    uv = _uv()
    extensions = list(_extensions())
    yield from _skeleton()
    yield from _standard_library()
    yield Entry(f"usr/local/bin/python{VERSION}", source=programs[0], mode=0o755)
    for name in ("python3", "python"):
        yield Entry(f"usr/local/bin/{name}", link=f"python{VERSION}")
    for program in programs[1:]:
        yield Entry(f"bin/{program.name}", source=Path(os.path.realpath(program)), mode=0o755)
    yield Entry("usr/bin/env", link="/bin/env")
    if uv is not None:
        yield Entry("usr/local/bin/uv", source=uv, mode=0o755)
    yield from _libraries([*programs, *extensions, *([uv] if uv else [])])


def _skeleton() -> Iterator[Entry]:
    for folder, mode in {"tmp": 0o1777, "var": 0o755, "var/tmp": 0o1777, "root": 0o700, "proc": 0o555}.items():
        yield Entry(folder, mode=mode)
    for folder in ("bin", "dev", "etc", "home", "opt", "run", "sys", "usr", "usr/bin", "usr/local", "usr/local/bin"):
        yield Entry(folder)
    yield Entry(inside.HOME, owner=1000)
    for name, text in _TEXTS.items():
        yield Entry(name, data=text.encode())
    if os.path.exists("/etc/os-release"):
        yield Entry("etc/os-release", data=Path("/etc/os-release").read_bytes())
    bundle = certificates.trusted()
    if bundle is not None:
        yield Entry(certificates.INSIDE, data=bundle.read_bytes())
    zones = Path("/usr/share/zoneinfo")
    if zones.is_dir():
        yield from (e for e in tree(zones, "usr/share/zoneinfo") if not re.search(r"/(posix|right)(/|$)", e.name))


def _standard_library() -> Iterator[Entry]:
    """Compiled files come along with their sources' times, by which Python knows them for current."""
    target = f"usr/local/{sys.platlibdir}/python{VERSION}"
    if target.startswith("usr/local/lib64"):
        yield Entry(f"usr/local/lib/python{VERSION}/site-packages")
    yield Entry(f"{target}/lib-dynload")
    yield Entry(f"{target}/site-packages")
    for path in _files(_stdlib()):
        yield Entry(f"{target}/{path.relative_to(_stdlib())}", source=path, mode=0o644)
    for path in _extensions():
        if _stdlib() not in path.parents:
            yield Entry(f"{target}/lib-dynload/{path.name}", source=path, mode=0o644)


def _files(folder: Path) -> Iterator[Path]:
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _LEFT_OUT and not f.startswith("config-"))
        for name in sorted(names):
            unwanted = name.endswith((".a", ".opt-1.pyc", ".opt-2.pyc")) or name in ("EXTERNALLY-MANAGED",)
            path = Path(base, name)
            if not unwanted and not name.startswith("_tkinter") and path.is_file():
                yield path


def _extensions() -> Iterator[Path]:
    for folder in {str(_stdlib() / "lib-dynload"), *(p for p in sys.path if p.endswith("lib-dynload"))}:
        if os.path.isdir(folder):
            found = sorted(Path(folder).glob("*.so"))
            yield from (path for path in found if not path.name.startswith("_tkinter"))


def _libraries(programs: list[Path]) -> Iterator[Entry]:
    """All in the one folder that the loader always searches: no cache, no paths compiled in, no private folders."""
    known = _known_libraries()
    found = _needed(programs)
    names = {path.name for path in found}
    found += [known[name] for name in _EXPECTED if name in known and name not in names]
    found += [path for path in _needed(found) if path.name not in {other.name for other in found}]
    libc = next((path for path in found if path.name == "libc.so.6"), None)
    if libc is None:
        raise UserErrorException("No base image can be made: ldd finds no libc.so.6 on this machine.")
    put: set[str] = set()
    for path in found:
        place = str(path) if path.name.startswith("ld-linux") else f"{libc.parent}/{path.name}"
        if place not in put:
            put.add(place)
            yield Entry(place, source=Path(os.path.realpath(path)), mode=0o755)


def _needed(files: Iterable[Path]) -> list[Path]:
    """What ldd says they load, in its order."""
    paths, found = [str(path) for path in files], []
    for start in range(0, len(paths), 100):
        said = subprocess.run(["ldd", *paths[start : start + 100]], capture_output=True, text=True, check=False)
        found += re.findall(r"^\s+(?:\S+ => )?(/\S+) \(0x", said.stdout, re.M)
    return [Path(path) for path in dict.fromkeys(found)]


def _known_libraries() -> dict[str, Path]:
    """The loader's own list; the first of a name is the one that it takes."""
    ldconfig = shutil.which("ldconfig") or "/sbin/ldconfig"
    try:
        said = subprocess.run([ldconfig, "-p"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return {}
    kind = _ARCHITECTURES.get(platform.machine(), "")
    rows = re.findall(rf"^\s+(\S+) \(libc6[^)]*{re.escape(kind)}[^)]*\) => (\S+)$", said, re.M)
    return {name: Path(path) for name, path in reversed(rows)}


def _executable() -> Path:
    return Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))


def _stdlib() -> Path:
    return Path(os.path.realpath(sysconfig.get_path("stdlib")))


def _shared() -> Path | None:
    """libpython, where it is a library of its own."""
    folder, name = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME")
    path = Path(str(folder), str(name))
    return path if path.is_file() else None


def _uv() -> Path | None:
    """uv's program; a script that only finds it would be of no use inside."""
    try:
        from uv import find_uv_bin

        found: str | None = find_uv_bin()
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    path = Path(os.path.realpath(found)) if found else None
    return path if path is not None and _is_program(path) else None


def _is_program(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def _stamp(path: Path) -> str:
    facts = os.stat(path)
    return f"{facts.st_size} {facts.st_mtime_ns}"
