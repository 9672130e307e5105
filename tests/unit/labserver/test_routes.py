"""The route table: its names are functions, an address has one route, and nothing loads before it is asked for."""

from __future__ import annotations

import re
import subprocess
import sys

from aml_nb.labserver.handlers import function_of
from aml_nb.labserver.routes import ROUTES, table


def test_every_name_is_a_function_that_says_what_it_does() -> None:
    for route in ROUTES:
        assert route.functions(), route
        for name in route.functions().values():
            assert function_of(name).__doc__, name


def test_an_address_has_one_route() -> None:
    address = "/aml-nb/w/default/services/a%2Fb/log"
    matching = [
        pattern for pattern, _, _ in (each for each in table() if len(each) == 3) if re.fullmatch(pattern, address)
    ]
    assert len(matching) == 1
    assert len({route.address for route in ROUTES}) == len(ROUTES)


def test_a_jupyter_server_starts_without_core() -> None:
    code = "import sys, aml_nb.labserver.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not {"sqlalchemy", "pandas", "numpy", "fsspec"} & loaded
    assert not {name for name in loaded if name.startswith(("aml_nb.core", "aml_nb.engines", "aml_nb.display"))}


def test_all_of_it_loads_from_many_threads_at_once() -> None:
    code = """
import threading
from aml_nb.labserver.handlers import function_of
from aml_nb.labserver.loading import load
from aml_nb.labserver.routes import ROUTES
names = [name for route in ROUTES for name in route.functions().values()]
names += ["events.watcher:Watcher", "workspaces:Workspaces", "shapes.logs:Source"]
start, failed = threading.Barrier(len(names)), []
def call(name):
    start.wait()
    try:
        load(name)
    except BaseException as error:
        failed.append(f"{name}: {error!r}")
threads = [threading.Thread(target=call, args=(name,)) for name in names]
[each.start() for each in threads]
[each.join() for each in threads]
assert not failed, failed
"""
    subprocess.run([sys.executable, "-c", code], check=True)
