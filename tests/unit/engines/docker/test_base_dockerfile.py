"""The line of a base_dockerfile that Docker cannot read."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("docker")

from docker.errors import APIError

from aml_nb.engines.base import Packages
from aml_nb.engines.docker.build import BuildLog, ImageError
from aml_nb.engines.docker.user_dockerfile import _context, _digest, _parsed

TEXT = Packages("d", dockerfile="FROM python\nRUNN echo\n")


@pytest.mark.parametrize(
    "said",
    ["dockerfile parse error line 2: unknown instruction: RUNN", "Dockerfile parse error on line 2: RUNN"],
)
def test_it_is_named_with_what_to_do(said: str) -> None:
    with pytest.raises(ImageError, match="line 2: RUNN echo") as caught, _parsed(TEXT, BuildLog(lambda line: None)):
        raise APIError("400 Client Error", explanation=said)
    assert "base_dockerfile" in str(caught.value.hint)


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(APIError), _parsed(TEXT, BuildLog(lambda line: None)):
        raise APIError("500 Server Error", explanation="no space left on device")


def test_a_build_context_is_called_so_and_another_one_is_another_image() -> None:
    made = replace(TEXT, context="/somewhere/1234.tar")
    with pytest.raises(ImageError, match="build_context cannot be built: line 2: RUNN echo") as caught:
        with _parsed(made, BuildLog(lambda line: None)):
            raise APIError("400 Client Error", explanation="dockerfile parse error line 2: unknown instruction: RUNN")
    assert "from_local_directory" in str(caught.value.hint)
    others = [TEXT, made, replace(made, context="/somewhere/5678.tar"), replace(made, dockerfile_path="b/Dockerfile")]
    assert len({_digest(each) for each in others}) == len(others)
    assert _digest(replace(made, context="/elsewhere/1234.tar")) == _digest(made)


def test_a_context_that_is_gone_is_named() -> None:
    with pytest.raises(ImageError, match=r"none\.tar cannot be read"):
        _context(replace(TEXT, context="/none.tar"), TEXT).__enter__()
