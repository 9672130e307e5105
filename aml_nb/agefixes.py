"""What v1's scripts expect of the NumPy and scikit-learn of their time.

``np.float`` and its kin, ``sklearn.externals.joblib`` and estimators that take ``max_depth=10.0`` are there again,
each with one DeprecationWarning. NumPy's numbers show as numbers: v1's tutorials write JSON by ``str(list(row))``.
What the installed library has itself always wins. ``AML_NB_AGE_FIXES=0`` turns this off. Whoever imports numpy
in an enabled environment imports this module too, so it imports next to nothing.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

# Gone in NumPy 1.24, then in NumPy 2.0; the values are names in builtins or in numpy.
NUMPY = {
    "float": "float", "int": "int", "bool": "bool", "object": "object", "complex": "complex", "str": "str",
    "float_": "float64", "complex_": "complex128", "unicode_": "str_", "string_": "bytes_",
    "NaN": "nan", "NAN": "nan", "Inf": "inf", "infty": "inf",
}  # fmt: skip
BUILTIN = ("float", "int", "bool", "object", "complex", "str")
EXTERNALS = {"sklearn.externals.joblib": "joblib", "sklearn.externals.six": "six"}


class Hook:
    """The first finder: changes nothing but what happens after these modules load, and names scikit-learn dropped."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in MENDED:
            return _after_loading(name, path, MENDED[name])
        if name.startswith("sklearn.externals."):
            return _external(name, path)
        return None


def install() -> None:
    """Put the fixes in place, for what is loaded and for what will be; once is enough."""
    if os.environ.get("AML_NB_AGE_FIXES") == "0" or Hook in sys.meta_path:
        return
    sys.meta_path.insert(0, Hook)
    for name, mend in MENDED.items():
        module = sys.modules.get(name)
        if module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False):
            mend(module)


def remove() -> None:
    """Fix no further module; what is mended stays so until the process ends."""
    if Hook in sys.meta_path:
        sys.meta_path.remove(Hook)


def mend_numpy(numpy: ModuleType) -> None:
    """Give ``numpy`` the names it once had, unless it still has them, and numbers that show as such."""
    _show_plain_numbers(numpy)
    known = vars(numpy).get("__getattr__")
    if _has_them(numpy.__version__) or getattr(known, "aml_nb", False):
        return

    def __getattr__(name: str) -> Any:
        if name in NUMPY and Hook in sys.meta_path:
            return _aged(numpy, name)
        if known is None:
            raise AttributeError(f"module 'numpy' has no attribute {name!r}")
        return known(name)

    __getattr__.aml_nb = True  # type: ignore[attr-defined]
    numpy.__getattr__ = __getattr__  # type: ignore[method-assign]


def _mend_base(module: ModuleType) -> None:
    from aml_nb import agefixes_estimators

    agefixes_estimators.mend_base(module)


def _mend_trees(module: ModuleType) -> None:
    from aml_nb import agefixes_estimators

    agefixes_estimators.mend_trees(module)


MENDED = {"numpy": mend_numpy, "sklearn.base": _mend_base, "sklearn.tree._classes": _mend_trees}


def _show_plain_numbers(numpy: ModuleType) -> None:
    """``0.5`` in place of NumPy 2's ``np.float64(0.5)``, in every thread and cell; a mode that was chosen stays."""
    if not numpy.__version__.startswith("2.") or numpy.get_printoptions()["legacy"] is not False:
        return
    options = getattr(sys.modules.get("numpy._core.printoptions"), "format_options", None)
    if options is None:  # NumPy 2.0, where the options are one for all
        numpy.set_printoptions(legacy="1.25")
        return
    for_all = options.get()  # what set_printoptions sets is a cell's or a thread's own
    with numpy.printoptions(legacy="1.25"):
        plain = options.get()["legacy"]
    for_all["legacy"] = plain


def _has_them(version: str) -> bool:
    """NumPy before 1.24 has them itself; a version that cannot be read is left alone."""
    major, _, rest = version.partition(".")
    minor = rest.partition(".")[0]
    return not (major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (1, 24))


def _aged(numpy: ModuleType, name: str) -> Any:
    import builtins
    import warnings

    now = NUMPY[name]
    value = getattr(builtins if name in BUILTIN else numpy, now)
    setattr(numpy, name, value)
    shown = now if name in BUILTIN else f"np.{now}"
    warnings.warn(
        f"np.{name} is gone from NumPy {numpy.__version__}; aml_nb lends it to v1's scripts. Write {shown}.",
        DeprecationWarning,
        stacklevel=3,
    )
    return value


def _genuine(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """What the finders after this one find."""
    for finder in sys.meta_path:
        if finder is not Hook and hasattr(finder, "find_spec"):
            spec = finder.find_spec(name, path)
            if spec is not None:
                return spec
    return None


def _after_loading(name: str, path: Sequence[str] | None, mend: Any) -> ModuleSpec | None:
    spec = _genuine(name, path)
    loader = getattr(spec, "loader", None)
    if loader is None or not hasattr(loader, "__dict__"):
        return spec

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module
        loader.exec_module(module)
        mend(module)

    # On the instance, so that the loader keeps its class and everything that asks it questions.
    loader.exec_module = exec_module
    return spec


def _external(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    for old, new in EXTERNALS.items():
        if name == old and _genuine(name, path) is None:
            return _lend(name, new)
        # A pickle of that time names sklearn.externals.joblib.numpy_pickle.
        if name.startswith(old + ".") and sys.modules.get(old) is sys.modules.get(new) is not None:
            return _lend(name, new + name[len(old) :])
    return None


def _lend(name: str, real: str) -> ModuleSpec | None:
    from importlib.machinery import ModuleSpec

    return ModuleSpec(name, Same(real))  # type: ignore[arg-type]


class Same:
    """A loader whose module is another one, under its old name."""

    def __init__(self, real: str) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        from importlib import import_module

        module = import_module(self.real)
        self.spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        import warnings

        old = module.__spec__.name if module.__spec__ else ""
        module.__spec__ = self.spec
        if old in EXTERNALS:
            warnings.warn(
                f"{old} is gone from scikit-learn; aml_nb lends it to v1's scripts. Write import {self.real}.",
                DeprecationWarning,
                stacklevel=2,
            )
