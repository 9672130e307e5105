"""A magic's name with a typing error."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError

from tests.loud_shell import LoudShell


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("%servcie logs", "%service"),
        ("%delpoy aci", "%deploy"),
        ("%%score_scirpt\nprint(1)", "%%score_script"),
        ("%%servise\n{}", "%service"),
        ("%matplotlip inline", None),
        ("%deploy_everything_at_once", None),
    ],
)
def test_what_was_meant_is_named_below_the_error(
    shell: LoudShell, capsys: pytest.CaptureFixture[str], cell: str, meant: str | None
) -> None:
    with pytest.raises(UsageError, match="not found"):
        shell.run_cell(cell)
    told = capsys.readouterr().err
    assert ("Did you mean" in told) == (meant is not None)
    assert meant is None or told.endswith(f"Did you mean {meant}?\n")


def test_other_errors_are_left_alone(shell: LoudShell, capsys: pytest.CaptureFixture[str]) -> None:
    for cell in ("%load_ext aml_bn", "raise ValueError('Line magic function `%servcie` not found.')"):
        with pytest.raises((ModuleNotFoundError, ValueError)):
            shell.run_cell(cell)
    assert "Did you mean" not in capsys.readouterr().err


def test_it_goes_with_the_magics(bare_shell: LoudShell, capsys: pytest.CaptureFixture[str]) -> None:
    from aml_nb import magics

    magics.register(bare_shell)
    magics.unregister(bare_shell)
    with pytest.raises(UsageError):
        bare_shell.run_cell("%servcie")
    assert "Did you mean" not in capsys.readouterr().err
