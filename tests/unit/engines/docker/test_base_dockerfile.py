"""The line of a base_dockerfile that Docker cannot read."""

from __future__ import annotations

import pytest

pytest.importorskip("docker")

from docker.errors import APIError

from aml_nb.engines.docker.base_image import _parsed
from aml_nb.engines.docker.build import BuildLog, ImageError

TEXT = "FROM python\nRUNN echo\n"


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
