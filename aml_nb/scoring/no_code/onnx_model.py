"""An ONNX model that answers requests through ONNX Runtime."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from aml_nb.errors import UserErrorException
from aml_nb.scoring.no_code.onnx_inputs import Input, values_of
from aml_nb.scoring.no_code.schemas import Schemas, answer_to, samples, without_names
from aml_nb.scoring.script_errors import InputError

log = logging.getLogger("azmlinfsrv")

_ROW_BY_ROW = frozenset({"skl2onnx", "OnnxMLTools"})
"""Converters of estimators, whose graphs treat each row by itself. Of other graphs that is not known."""


Feed = dict[str, np.ndarray]


class OnnxModel:
    """A session of ONNX Runtime.

    Attributes
    ----------
    mergeable : whether rows of several requests may be scored together.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._inputs = {given.name: Input(given.name, given.type, given.shape) for given in session.get_inputs()}
        self._outputs = [output.name for output in session.get_outputs()]
        self.mergeable = _row_by_row(session, self._inputs.values())

    @classmethod
    def load(cls, path: str) -> OnnxModel:
        """Read a model; on a graphics processor where ONNX Runtime was built for one."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # other replicas want the cores
        try:
            session = onnxruntime.InferenceSession(path, options, providers=onnxruntime.get_available_providers())
        except Exception as error:
            raise UserErrorException(
                f"ONNX Runtime {onnxruntime.__version__} cannot load the model: {error}",
                hint="onnx.checker.check_model('model.onnx') where it was made; a newer onnxruntime for a newer opset",
            ) from error
        model = cls(session)
        taken = "; ".join(given.expected() for given in model._inputs.values())
        log.info("The model takes %s, and gives %s.", taken, ", ".join(model._outputs))
        return model

    def score(self, texts: Sequence[str]) -> list[Any]:
        """An answer for each request, or the error that it alone meets with."""
        answers: list[Any] = [None] * len(texts)
        alike: dict[Any, list[tuple[int, Feed]]] = defaultdict(list)
        for place, text in enumerate(texts):
            try:
                feed = self._feed(text)
                alike[tuple(array.shape[1:] for array in feed.values())].append((place, feed))
            except InputError as error:
                answers[place] = error
        for requests in alike.values():
            if len(requests) == 1 or not (self.mergeable and self._together(requests, answers)):
                for place, feed in requests:
                    answers[place] = self._alone(feed)
        return answers

    def _together(self, requests: list[tuple[int, Feed]], answers: list[Any]) -> bool:
        """Score all requests in one run; False where that failed, which one of them may be to blame for."""
        counts = [_rows(feed) for _, feed in requests]
        if 0 in counts:
            return False
        merged = {name: np.concatenate([feed[name] for _, feed in requests]) for name in self._inputs}
        try:
            outputs = self._session.run(None, merged)
        except Exception:
            return False
        if any(len(output) != sum(counts) for output in outputs):
            return False
        start = 0
        for (place, _), count in zip(requests, counts, strict=True):
            answers[place] = self._answer([output[start : start + count] for output in outputs])
            start += count
        return True

    def _alone(self, feed: Feed) -> Any:
        try:
            return self._answer(self._session.run(None, feed))
        except Exception as error:
            if type(error).__name__ != "InvalidArgument":
                return error
            told = str(error).strip().partition("\n")[0]
            return InputError(f"The model refused the request: {told[:1000]}")

    def _answer(self, outputs: Sequence[Any]) -> dict[str, Any]:
        return {name: _plain(output) for name, output in zip(self._outputs, outputs, strict=True)}

    def _feed(self, text: str) -> Feed:
        """The arrays of a request; raises InputError where they are not what the model takes."""
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"The request is no JSON: {error}") from None
        return {name: self._inputs[name].array(value) for name, value in values_of(given, self._inputs).items()}

    def schemas(self) -> Schemas:
        """What the service takes and returns, for its description."""
        shown, output = samples()
        single = len(self._inputs) == 1
        shown = without_names(shown) if single else shown
        properties = {given.name: given.schema() for given in self._inputs.values()}
        zeros: Any = {given.name: given.zeros() for given in self._inputs.values()}
        if single and "data" not in self._inputs:
            properties = {"data": next(iter(properties.values()))}
            zeros = {"data": next(iter(zeros.values()))}
        example = zeros if shown is None else {"data": shown}
        taken = {"type": "object", "required": list(properties), "properties": properties, "example": example}
        answer = output if isinstance(output, dict) else answer_to(example, self.score)
        given_back: dict[str, Any] = {"type": "object", "properties": {name: {} for name in self._outputs}}
        return taken, given_back if answer is None else {**given_back, "example": answer}


def _row_by_row(session: Any, inputs: Any) -> bool:
    free = all(given.shape and not isinstance(given.shape[0], int) for given in inputs)
    return free and session.get_modelmeta().producer_name in _ROW_BY_ROW


def _rows(feed: Feed) -> int:
    """How many rows a request has; 0 where its inputs differ in that."""
    counts = {len(array) for array in feed.values()}
    return counts.pop() if len(counts) == 1 else 0


def _plain(value: Any) -> Any:
    """An output as JSON holds it; those of classifiers are lists of maps."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
