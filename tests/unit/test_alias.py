"""``import azureml`` reaches aml_nb last, says what is missing, and can be enabled for a whole environment."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from aml_nb import alias
from aml_nb.errors import AmlError

ROOT = Path(alias.__file__).parent.parent

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run code in a fresh interpreter with the alias on; what it prints."""

    def run(code: str, first: str = "from aml_nb import alias; alias.enable_here()", path: str = "") -> str:
        script = tmp_path / "script.py"
        script.write_text(first + "\n" + textwrap.dedent(code))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [path, str(ROOT)]))}
        done = subprocess.run(
            [sys.executable, str(script)], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def test_classes_are_the_same_under_both_names(run: Run) -> None:
    code = """
        from azureml.core import Workspace
        from azureml.core.model import Model
        import azureml.core.workspace, azureml.exceptions
        import aml_nb.core.model, aml_nb.core.workspace, aml_nb.errors
        assert Model is aml_nb.core.model.Model
        assert Workspace is azureml.core.workspace.Workspace is aml_nb.core.workspace.Workspace
        assert azureml.exceptions.WebserviceException is aml_nb.errors.WebserviceException
        from azureml.exceptions._azureml_exception import WebserviceException
        assert WebserviceException is aml_nb.errors.WebserviceException
        print(azureml.core.VERSION, azureml.core.__version__)
    """
    assert run(code) == "1.61.0 1.61.0"


def test_import_system_finds_v1s_modules(run: Run) -> None:
    code = """
        import importlib, importlib.util, pickle, sys
        import azureml.core as x
        assert sys.modules["azureml.core"] is x
        assert importlib.util.find_spec("azureml.core.model").name == "azureml.core.model"
        assert importlib.util.find_spec("azureml.core.nothing") is None
        assert importlib.util.find_spec("azureml.core.Experiment") is None
        assert importlib.reload(x) is x and x.Workspace
        from azureml.exceptions import *
        assert pickle.loads(pickle.dumps(WebserviceException)) is WebserviceException
        from azureml.core import model
        assert x.model is model
        print(x.conda_dependencies.CondaDependencies.__name__)
    """
    assert run(code) == "CondaDependencies"


def test_importing_v1s_names_loads_nothing_heavy(run: Run) -> None:
    code = """
        import sys
        import azureml.core, azureml.core.webservice, azureml.core.runconfig, azureml.train.automl
        print({"sqlalchemy", "numpy", "pandas", "requests", "fsspec", "IPython"} & set(sys.modules))
    """
    assert run(code) == "set()"


def test_a_missing_name_says_that_v1_has_it_and_where_the_list_is(run: Run) -> None:
    code = """
        import azureml.core, azureml.datadrift as drift
        from aml_nb.errors import NotAvailableError
        def shown(code):
            try:
                exec(code)
            except Exception as e:
                print(isinstance(e, ImportError), isinstance(e, AttributeError), isinstance(e, NotAvailableError), e)
        shown("from azureml.datadrift import DataDriftDetector")
        shown("drift.DataDriftDetector")
        shown("from azureml.interpret import ExplanationClient")
        shown("from azureml.train.automl.automlexplainer import explain_model")
        assert not hasattr(drift, "DataDriftDetector")
    """
    lines = run(code).splitlines()
    tail = "is part of SDK v1 that aml_nb does not have yet; `aml-nb azureml coverage` lists what it has"
    assert lines == [
        f"True False True azureml.datadrift.DataDriftDetector {tail}",
        f"False True True azureml.datadrift.DataDriftDetector {tail}",
        f"True False True azureml.interpret.ExplanationClient {tail}",
        f"True False True azureml.train.automl.automlexplainer.explain_model {tail}",
    ]


def test_packages_that_v1_had_once_are_told_of_too(run: Run) -> None:
    code = """
        import azureml.contrib.interpret.explanation.explanation_client, azureml.explain.model
        for code in (
            "from azureml.contrib.interpret.explanation.explanation_client import ExplanationClient",
            "from azureml.explain.model.tabular_explainer import TabularExplainer",
            "from azureml.contrib import interpret; interpret.Explainer",
            "from azureml.contrib import dataset, nothing",
        ):
            try:
                exec(code)
            except (ImportError, AttributeError) as e:
                print(e)
    """
    lines = run(code).splitlines()
    tail = "is part of SDK v1 that aml_nb does not have yet; `aml-nb azureml coverage` lists what it has"
    first = "azureml.contrib.interpret.explanation.explanation_client.ExplanationClient"
    assert lines[0] == f"{first} {tail}"
    assert lines[1:3] == [
        f"azureml.explain.model.tabular_explainer.TabularExplainer {tail}",
        f"azureml.contrib.interpret.Explainer {tail}",
    ]
    assert lines[3].startswith("cannot import name 'nothing' from 'azureml.contrib'")


def test_a_name_that_never_was_gives_the_ordinary_error_with_close_matches(run: Run) -> None:
    code = """
        import azureml.core
        def shown(code):
            try:
                exec(code)
            except Exception as e:
                print(type(e).__name__, e)
        shown("from azureml.core import Modle")
        shown("from azureml.core.model import Modle")
        shown("azureml.core.Worksapce")
        shown("import azureml.nothing")
        shown("import azureml.core.model.nothing")
    """
    lines = run(code).splitlines()
    assert lines[0].startswith("ImportError cannot import name 'Modle' from 'azureml.core'")
    assert lines[0].endswith("Did you mean 'Model'?")
    assert lines[1].endswith("Did you mean 'Model'?")
    assert lines[2] == ("AttributeError module 'azureml.core' has no attribute 'Worksapce'. Did you mean 'Workspace'?")
    assert lines[3] == "ModuleNotFoundError No module named 'azureml.nothing'"
    assert lines[4] == "ModuleNotFoundError No module named 'azureml.core.model.nothing'"


def genuine(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


EXTEND = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"


def test_a_genuine_installation_wins(run: Run, tmp_path: Path) -> None:
    path = genuine(
        tmp_path / "site",
        {
            "azureml/__init__.py": EXTEND,
            "azureml/core/__init__.py": "VERSION = 'genuine'",
            "inference_schema/__init__.py": "where = 'genuine'",
        },
    )
    code = """
        import azureml.core, inference_schema
        print(azureml.core.VERSION, inference_schema.where)
        for name in ("azureml.core.model", "azureml.pipeline", "azureml.telemetry"):
            try:
                __import__(name)
            except ModuleNotFoundError as e:
                print(e)
    """
    assert run(code, path=path).splitlines() == [
        "genuine genuine",
        "No module named 'azureml.core.model'",
        "No module named 'azureml.pipeline'",
        "No module named 'azureml.telemetry'",
    ]


def test_a_genuine_part_is_kept_and_its_gaps_are_filled(run: Run, tmp_path: Path) -> None:
    path = genuine(
        tmp_path / "site",
        {"azureml/__init__.py": EXTEND, "azureml/dataprep/__init__.py": "where = 'genuine'"},
    )
    code = """
        import azureml.dataprep, azureml.core
        from azureml.exceptions import WebserviceException
        print(azureml.dataprep.where, azureml.core.VERSION)
        for code in ("from azureml.dataprep import Dataflow", "import azureml.dataprep.api.dataflow"):
            try:
                exec(code)
            except ImportError as e:
                print(type(e).__name__, e)
    """
    lines = run(code, path=path).splitlines()
    assert lines[0] == "genuine 1.61.0"
    assert (
        lines[1]
        == f"ImportError cannot import name 'Dataflow' from 'azureml.dataprep' ({path}/azureml/dataprep/__init__.py)"
    )
    assert lines[2] == "ModuleNotFoundError No module named 'azureml.dataprep.api'"


def test_a_folder_called_azureml_beside_the_script_does_not_hide_ours(run: Run, tmp_path: Path) -> None:
    (tmp_path / "azureml").mkdir()
    assert run("import azureml.core; print(azureml.core.VERSION)") == "1.61.0"


def test_disable_here_takes_the_finder_out(run: Run) -> None:
    code = """
        alias.disable_here()
        try:
            import azureml
        except ModuleNotFoundError as e:
            print(e, alias.enabled_here())
    """
    assert run(code) == "No module named 'azureml' False"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python environment of its own, with this aml_nb in its site-packages; its interpreter."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    (Path(site) / "aml_nb").symlink_to(ROOT / "aml_nb")
    return python


def in_environment(python: Path, code: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), "-c", textwrap.dedent(code)]
    return subprocess.run(command, capture_output=True, text=True, cwd=python.parent, env=clean, check=False)


VERSION = "import azureml.core; print(azureml.core.VERSION)"


def test_enable_and_disable_for_an_environment(environment: Path) -> None:
    assert in_environment(environment, VERSION).returncode == 1
    enabled = in_environment(environment, "from aml_nb import alias; print(alias.enable())")
    pth = Path(enabled.stdout.strip())
    assert pth.name == "aml_nb_azureml.pth" and pth.read_text() == alias.LINE, enabled.stderr
    assert [p.name for p in pth.parent.iterdir() if p.name.startswith(pth.name)] == [pth.name]
    assert in_environment(environment, VERSION).stdout == "1.61.0\n"
    shown = in_environment(environment, "from aml_nb import alias; print(alias.status())").stdout
    assert str(pth) in shown and "aml_nb (" in shown
    started = in_environment(environment, "import sys; print([name for name in sys.modules if 'aml' in name])")
    assert started.stdout == "[]\n"
    in_environment(environment, "from aml_nb import alias; alias.disable()")
    assert not pth.exists()
    assert in_environment(environment, VERSION).returncode == 1
    assert in_environment(environment, "from aml_nb import alias; print(alias.disable())").stdout == "None\n"


def test_the_starter_gives_way_to_disable_here(environment: Path) -> None:
    in_environment(environment, "from aml_nb import alias; alias.enable()")
    code = """
        from aml_nb import alias
        before = alias.enabled_here()
        alias.disable_here()
        print(before, alias.enabled_here())
        import azureml
    """
    done = in_environment(environment, code)
    assert done.stdout == "True False\n" and "No module named 'azureml'" in done.stderr
    in_environment(environment, "from aml_nb import alias; alias.disable()")


def test_an_uninstalled_aml_nb_leaves_a_quiet_interpreter(environment: Path) -> None:
    pth = Path(in_environment(environment, "from aml_nb import alias; print(alias.enable())").stdout.strip())
    link = pth.parent / "aml_nb"
    link.rename(link.with_name("elsewhere"))
    try:
        code = """
            import json, importlib.util
            print([importlib.util.find_spec(name) for name in ("azureml", "numpy", "inference_schema")])
        """
        done = in_environment(environment, code)
        assert (done.stdout, done.stderr, done.returncode) == ("[None, None, None]\n", "", 0)
    finally:
        link.with_name("elsewhere").rename(link)
        pth.unlink()


def test_enable_where_aml_nb_is_not_installed_is_refused(environment: Path) -> None:
    site = in_environment(environment, "from aml_nb import alias; print(alias.site_packages())").stdout.strip()
    (Path(site) / "aml_nb").unlink()
    try:
        code = f"""
            import sys; sys.path.insert(0, {str(ROOT)!r})
            from aml_nb import alias
            try:
                alias.enable()
            except Exception as e:
                print(type(e).__name__, e.hint)
        """
        done = in_environment(environment, code)
        assert done.stdout.startswith("AmlError ") and "pip install aml_nb" in done.stdout, done.stderr
        assert not (Path(site) / alias.PTH).exists()
    finally:
        (Path(site) / "aml_nb").symlink_to(ROOT / "aml_nb")


def test_site_packages_that_cannot_be_written_give_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file in place of the folder: refused to everybody, root included.
    (tmp_path / "site-packages").write_text("")
    monkeypatch.setattr(alias, "site_packages", lambda: str(tmp_path / "site-packages"))
    monkeypatch.setattr(alias, "_importable", lambda: True)
    with pytest.raises(AmlError, match="cannot write .*aml_nb_azureml.pth") as caught:
        alias.enable()
    assert caught.value.hint is not None and "%load_ext aml_nb" in caught.value.hint


def test_status_tells_who_answers(run: Run, tmp_path: Path) -> None:
    path = genuine(tmp_path / "site", {"inference_schema/__init__.py": ""})
    shown = run("print(alias.status()); print(alias.status()._repr_html_())", path=path)
    assert "import azureml " in shown and "aml_nb (" in shown
    assert f"genuine ({path}/inference_schema/__init__.py)" in shown
    assert "<table" in shown


def test_names_of_the_scoring_side_reach_ours(run: Run) -> None:
    code = """
        from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
        from azureml_inference_server_http.api.aml_response import AMLResponse
        from azureml.contrib.services.aml_request import AMLRequest as OldRequest
        from inference_schema.schema_decorators import input_schema
        from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
        import aml_nb.scoring.aml_http, aml_nb.scoring.inference_schema.schema_decorators as ours
        assert AMLRequest is OldRequest is aml_nb.scoring.aml_http.AMLRequest
        assert input_schema is ours.input_schema
        import inference_schema
        print(inference_schema.__name__)
    """
    assert run(code) == "inference_schema"


def test_ipython_shows_a_mistyped_name_with_the_users_line_and_no_frame_of_ours(run: Run) -> None:
    code = """
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance(colors="NoColor", history_length=0)
        for mode in ("Context", "Plain", "Minimal"):
            shell.InteractiveTB.set_mode(mode=mode)
            shell.run_cell("from azureml.core import Workspce")
    """
    shown = run(code)
    assert shown.count("Did you mean 'Workspace'?") == 3 and "----> 1 from azureml.core import Workspce" in shown
    assert "_finding.py" not in shown and "alias.py" not in shown
