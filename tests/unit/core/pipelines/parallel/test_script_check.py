"""A batch's entry script before anything runs: what could never score a mini-batch is said with its line."""

from __future__ import annotations

import pytest

from aml_nb.core.pipelines.parallel.script_check import check_batch_script
from aml_nb.errors import UserErrorException

GOOD = "def init():\n    pass\n"


@pytest.mark.parametrize(
    "run",
    [
        "def run(mini_batch):\n    return list(mini_batch)\n",
        "def run(mini_batch, mini_batch_context):\n    return list(mini_batch)\n",
        "def run(data, context=None, depth=3):\n    return data\n",
        "def run(*batch):\n    return batch[0]\n",
        "def run(batch, /):\n    return batch\n",
        "def run(batch, *, fast=True):\n    return batch\n",
        "def run(batch):\n    raise NotImplementedError\n",
        "@wrapped\ndef run():\n    pass\n",
        "run = make()\n",
        "if True:\n    def run(batch):\n        for x in batch:\n            return [x]\n",
        "from os.path import *\n",
    ],
)
def test_what_scores(run: str) -> None:
    assert check_batch_script(GOOD + run, "score.py").problems == []


@pytest.mark.parametrize(
    ("script", "line", "said"),
    [
        ("def run(b):\n    return b\n", 0, "it has no init()"),
        (GOOD, 0, "it has no run()"),
        ("def innit(): pass\ndef run(b): return b\n", 0, "did you mean innit() on line 1?"),
        (GOOD + "def run():\n    return []\n", 3, "needs a parameter for the mini-batch"),
        (GOOD + "def run(a, b, c):\n    return a\n", 3, "asks for c too"),
        (GOOD + "def run(a, *, key):\n    return a\n", 3, "asks for key too"),
        (GOOD + "async def run(a):\n    return a\n", 3, "is async"),
        (GOOD + "def run(a):\n    print(a)\n", 3, "returns nothing"),
        (GOOD + "def run(a):\n    def inner():\n        return 1\n    inner()\n", 3, "returns nothing"),
        ("def init(path):\n    pass\ndef run(a):\n    return a\n", 1, "init() must be callable without arguments"),
        (GOOD + "def run(a): return a\ndef shutdown(x): pass\n", 4, "shutdown() must be callable"),
        (GOOD + "def run(a:\n", 3, "line 3"),
        (GOOD + "%matplotlib inline\n", 3, "line 3"),
        (GOOD + "import numpyy\ndef run(a): return a\n", 3, "did you mean numpy?"),
        (GOOD + "def run(a):\n    return get_model_path('iriss')\n", 4, "no model named 'iriss'"),
    ],
)
def test_what_does_not(script: str, line: int, said: str) -> None:
    check = check_batch_script(script, "score.py", lambda: ["iris"])
    found = [problem for problem in check.problems if said in problem.message]
    assert [problem.line for problem in found] == [line]
    with pytest.raises(UserErrorException, match=r"score\.py cannot score mini-batches: "):
        check.raise_problems()
