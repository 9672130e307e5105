"""v1's scripts find the NumPy and scikit-learn names of their time, with one warning each."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from aml_nb import agefixes, alias

ROOT = Path(agefixes.__file__).parent.parent
ON = "import warnings; warnings.simplefilter('always')\nfrom aml_nb import alias; alias.enable_here()\n"


def run(code: str, first: str = ON, **more: str) -> tuple[str, str]:
    """Output and warnings of the code in a fresh interpreter."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | more
    command = [sys.executable, "-c", first + textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_numpy_names_are_there_with_one_warning_each() -> None:
    out, warned = run(
        """
        import numpy as np
        print(np.float is float, np.int is int, np.object is object, np.int("3"), np.float(2))
        print(np.NaN != np.NaN, np.Inf == np.inf)
        """
    )
    assert out.splitlines() == ["True True True 3 2.0", "True True"]
    for name in ("np.float", "np.int", "np.object", "np.NaN", "np.Inf"):
        assert warned.count(f"DeprecationWarning: {name} is gone") == 1


def test_a_numpy_that_is_imported_already_is_mended_too() -> None:
    out, _ = run("print(np.float is float)", first="import numpy as np\n" + ON)
    assert out == "True"


def test_what_numpy_has_itself_wins() -> None:
    out, warned = run(
        """
        import builtins, numpy as np
        own = "bool" in vars(np)
        print(np.bool is (vars(np)["bool"] if own else builtins.bool), own == (np.__version__ >= "2"))
        """
    )
    assert out == "True True"
    assert ("np.bool is gone" in warned) == (not _numpy_2())


def _numpy_2() -> bool:
    import numpy

    return int(numpy.__version__.split(".")[0]) >= 2


def test_other_names_give_numpys_own_error() -> None:
    out, _ = run(
        """
        import numpy as np
        try:
            np.blah
        except AttributeError as e:
            print(e)
        print(hasattr(np, "__wrapped__"), type(np.__loader__).__name__, np.__spec__.name)
        """
    )
    assert out.splitlines() == ["module 'numpy' has no attribute 'blah'", "False SourceFileLoader numpy"]


@pytest.mark.parametrize("order", ["before", "after"])
def test_numbers_show_as_v1s_tutorials_write_them_into_json(order: str) -> None:
    out, _ = run(
        """
        import contextvars, json, threading
        import numpy as np
        def shown():
            print(json.loads('{"data": [' + str(list(np.array([0.5, 2.0]))) + "]}"), {"n": np.int64(3)})
        shown()
        thread = threading.Thread(target=shown)
        thread.start()
        thread.join()
        contextvars.Context().run(shown)  # as a notebook's other cell
        np.set_printoptions(precision=3)
        print([np.float64(1)], np.array([0.12345]))
        """,
        first=ON if order == "before" else "import numpy\n" + ON,
    )
    assert out.splitlines() == ["{'data': [[0.5, 2.0]]} {'n': 3}"] * 3 + ["[1.0] [0.123]"]


def test_a_way_to_show_numbers_that_was_chosen_stays() -> None:
    code = "print(np.get_printoptions()['legacy'])"
    assert run(code, first="import numpy as np; np.set_printoptions(legacy='1.21')\n" + ON)[0] == "1.21"
    plain = run(f"import numpy as np; {code}", AML_NB_AGE_FIXES="0")[0]
    assert plain == "False"
    chosen = run(f"import numpy as np; np.set_printoptions(legacy=False); {code}")[0]
    assert chosen == "False"


def test_the_numpy_of_v1s_time_is_left_alone() -> None:
    module = type(sys)("numpy")
    module.__version__ = "1.23.5"  # type: ignore[attr-defined]
    agefixes.mend_numpy(module)
    assert "__getattr__" not in vars(module)


def test_a_version_that_cannot_be_read_is_left_alone() -> None:
    module = type(sys)("numpy")
    module.__version__ = "unknown"  # type: ignore[attr-defined]
    agefixes.mend_numpy(module)
    assert "__getattr__" not in vars(module)


def test_joblib_of_scikit_learn_is_joblib_itself() -> None:
    out, warned = run(
        """
        from sklearn.externals import joblib
        import sklearn.externals.joblib
        import joblib as own
        print(joblib is own, sklearn.externals.joblib is own, own.__spec__.name, own.__name__)
        """
    )
    assert out == "True True joblib joblib"
    assert warned.count("sklearn.externals.joblib is gone") == 1


def test_a_pickle_of_that_time_loads() -> None:
    out, _ = run(
        """
        import pickle
        old = b"csklearn.externals.joblib.numpy_pickle\\nNumpyArrayWrapper\\n."
        import sklearn.externals.joblib
        import joblib.numpy_pickle
        print(pickle.loads(old) is joblib.numpy_pickle.NumpyArrayWrapper)
        """
    )
    assert out == "True"


def test_what_scikit_learn_keeps_there_is_its_own() -> None:
    out, warned = run("import sklearn.externals as e; print(e.__name__)")
    assert (out, warned) == ("sklearn.externals", "")


@pytest.mark.parametrize("code", ["import numpy as np; np.float", "from sklearn.externals import joblib"])
def test_the_variable_turns_it_off(code: str) -> None:
    out, _ = run(
        f"""
        try:
            {code.replace("; ", chr(10) + "            ")}
        except (AttributeError, ImportError):
            print("gone")
        """,
        AML_NB_AGE_FIXES="0",
    )
    assert out == "gone"


def test_disabling_ends_it() -> None:
    out, _ = run(
        """
        import numpy as np
        alias.disable_here()
        print(hasattr(np, "float"))
        """
    )
    assert out == "False"


@pytest.mark.parametrize("code", ["import numpy as np; np.float", "import sklearn.externals.joblib"])
def test_an_enabled_environment_has_the_fixes_without_a_word_about_azureml(code: str) -> None:
    out, _ = run(f"import sys; first = 'aml_nb' in sys.modules; {code}; print(first)", first=alias.LINE)
    assert out == "False"


def test_enabling_imports_no_numpy() -> None:
    out, _ = run("import sys; print({'numpy', 'sklearn', 'joblib'} & set(sys.modules))")
    assert out == "set()"


TREE = """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeRegressor
    X, y = [[i] for i in range(40)], [i % 2 for i in range(40)]
    print(cross_val_score(DecisionTreeRegressor(max_depth=3.0), X, y, cv=4, error_score="raise").shape)
    print(RandomForestClassifier(n_estimators=3, max_depth=2.0).fit(X, y).n_estimators)
"""


def test_a_tree_takes_a_whole_number_that_is_a_float_with_one_warning() -> None:
    out, warned = run(TREE)
    assert out.splitlines() == ["(4,)", "3"]
    assert warned.count("DecisionTreeRegressor(max_depth=3.0)") == 1


def test_trees_that_are_loaded_already_are_mended_too() -> None:
    out, _ = run(TREE, first="import sklearn.tree\n" + ON)
    assert out.splitlines() == ["(4,)", "3"]


def test_a_float_that_is_not_whole_is_refused_as_ever() -> None:
    code = """
        from sklearn.tree import DecisionTreeRegressor
        for depth in (2.5, "deep", -1.0):
            try:
                DecisionTreeRegressor(max_depth=depth).fit([[0], [1]], [0, 1])
            except (TypeError, ValueError) as e:
                print("max_depth" in str(e))
    """
    assert run(code)[0].splitlines() == ["True"] * 3
