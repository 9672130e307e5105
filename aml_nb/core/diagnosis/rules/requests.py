"""Requests: their bodies, their keys, where they go, how long they take, and what comes back."""

from __future__ import annotations

import re

from aml_nb.core.diagnosis.facts import RUN, Facts, clean
from aml_nb.core.diagnosis.finding import Finding, again, mend, quoted, send
from aml_nb.core.diagnosis.log import RAISED
from aml_nb.core.diagnosis.tracebacks import Raised

_BAD_JSON = re.compile(r"could not be decoded as JSON|cannot be decoded as UTF-8|body is empty|Expecting a JSON")
_NO_VALUE = re.compile(r"A value is not provided for the '(\w+)' parameter")
_FEATURES = re.compile(
    r"has \d+ features?(?: per sample)?[,;] .*expect|Number of features of the (?:model|input)|"
    r"Expected 2D array, got (?:1D|scalar) array|Found array with dim|Found array with 0 (?:sample|feature)|"
    r"The feature names should match|feature_names mismatch|Feature shape mismatch|"
    r"shapes? .* (?:not aligned|cannot be multiplied)|mat1 and mat2 shapes|"
    r"expected (?:min_ndim|shape|axis|ndim)|is incompatible with the layer|Got invalid dimensions for input|"
    r"Invalid rank for input|Invalid Feed Input Name|Unexpected input data type|"
    r"The number of features in data \(\d+\) is not the same|columns? (?:are|is) missing|"
    r"could not convert string to float|Input (?:X )?contains (?:NaN|infinity)|"
    r"'(?:numpy\.)?(?:ndarray|list)' object has no attribute '(?:columns|iloc|loc|shape|reshape)'|"
    r"only supported for (?:pandas )?[Dd]ata[Ff]rames|"
    r"inhomogeneous shape|setting an array element with a sequence|"
    r"Expected a 2-dimensional|must (?:have|be) (?:2|two)[- ]dim|\(n_samples, n_features\)"
)
_COLUMNS = re.compile(r"None of \[.*\] are in the \[(?:columns|index)\]|not in index|columns are missing")
_NOT_JSON = re.compile(
    r"which JSON cannot hold|is not JSON serializable|Circular reference detected|returned an iterator of|"
    r"which ends no request"
)
_DECODED = re.compile(r"the JSON object must be str, bytes or bytearray, not (\w+)")
_WRONG_BODY = re.compile(
    r"(?:string|list|tuple) indices must be integers|'(?:str|list|float|int)' object has no attribute "
    r"'(?:get|keys|items|values)'|"
    r"'(?:NoneType|int|float)' object is not (?:subscriptable|iterable)|got an unexpected keyword argument"
)
_BODY = '{"data": [[1, 2, 3]]}'
_QUOTED = re.compile(r"""["']([\w .-]+)["']""")


def bad_json(facts: Facts) -> Finding | None:
    """It is no JSON."""
    raised = facts.raised
    request = facts.request
    if request is None:
        return None
    decoding = raised is not None and raised.kind == "JSONDecodeError" and facts.stage == RUN
    if decoding and facts.line and "loads" not in facts.line:
        return None  # of a file, or of what another service answered
    if not decoding and not (request.status == 400 and _BAD_JSON.search(request.told)):
        return None
    single = raised is not None and "property name enclosed in double quotes" in raised.message
    more = " It is Python's own way to write a dict, with single quotes: send json.dumps(data)." if single else ""
    empty = " There was no body at all." if raised is not None and "line 1 column 1 (char 0)" in raised.message else ""
    said = clean(raised.told if raised is not None else request.told)
    return Finding(
        "bad-json",
        f"The body cannot be read as JSON: {said}.{more}{empty and ' The very first character is wrong, or missing.'}",
        ("send JSON: requests.post(uri, data=json.dumps({...}), headers={'Content-Type': 'application/json'})",
         send(facts, _BODY)),
        facts.evidence(said.splitlines()[0]),
    )  # fmt: skip


def missing_key(facts: Facts) -> Finding | None:
    """A key of the body that run() reads is not there."""
    if facts.request is None:
        return None
    absent = _NO_VALUE.search(facts.request.told)
    if absent is not None:
        key = absent[1]
    else:
        raised = facts.raised
        if raised is None or raised.kind != "KeyError" or facts.stage != RUN:
            return None
        key = raised.message.strip("'\"")
        if key not in _QUOTED.findall(facts.line) or "environ" in facts.line or _of_pandas(raised):
            return None
    return Finding(
        "missing-key",
        f"run() reads the key {key!r}, and the body has none: it needs an object like {{{_quoted(key)}: [[...]]}}.",
        (f"send it: {send(facts, f'{{{_quoted(key)}: [[1, 2, 3]]}}')}",
         mend(facts, f"or take what comes: .get({key!r}, ...)")),
        facts.evidence(f"'{key}'"),
    )  # fmt: skip


def _of_pandas(raised: Raised) -> bool:
    return raised.kind == "KeyError" and raised.passed("-packages/pandas/")


def _quoted(key: str) -> str:
    return f'"{key}"'


def features(facts: Facts) -> Finding | None:
    """The model was trained on others, or in another form."""
    raised = facts.raised
    if raised is None or facts.stage != RUN:
        return None
    columns = _of_pandas(raised) or (raised.kind == "KeyError" and _COLUMNS.search(raised.message))
    if not (columns or _FEATURES.search(raised.message)):
        return None
    return Finding(
        "wrong-features",
        f"run() raised {quoted(raised)} {_meaning(raised)}",
        (
            "send one row per sample, in two brackets, with the columns of the training in their order: "
            f"{send(facts, _example(raised))}",
            mend(facts, "or bring them into that form"),
        ),
        facts.evidence(raised.told.splitlines()[0]),
    )


def _meaning(raised: Raised) -> str:
    text = raised.message
    if "1D array" in text or "scalar array" in text:
        return "A single row came without its outer brackets: [[...]] is one row, [...] is none."
    if "string to float" in text:
        return "A text came where the model takes numbers; encode it as the training did."
    if "NaN" in text or "infinity" in text:
        return "A value is missing (null or NaN) where the model takes numbers."
    if "inhomogeneous" in text or "with a sequence" in text:
        return "The rows are not all of one length."
    return "The number, names or shape of the columns are not those of the training."


def _example(raised: Raised) -> str:
    match = re.search(r"expecting (\d+) features", raised.message)
    number = min(int(match[1]), 12) if match is not None else 4
    return '{"data": [[' + ", ".join(["0"] * number) + "]]}"


def wrong_body(facts: Facts) -> Finding | None:
    """It is JSON, and something else than run() takes."""
    raised, request = facts.raised, facts.request
    if request is None:
        return None
    if request.status in (400, 415) and raised is None and request.told:
        step = "send it with Content-Type: application/json" if request.status == 415 else "send what run() takes"
        return Finding("wrong-body", f"The server refused the body: {clean(request.told)}", (step,), _last(facts))
    if raised is None or facts.stage != RUN or raised.kind not in ("TypeError", "AttributeError", "ValueError"):
        return None
    decoded = _DECODED.search(raised.message)
    if decoded is not None:
        return Finding(
            "wrong-body",
            f"run() calls json.loads on a {decoded[1]}: the body was decoded before, by @input_schema or by the line "
            "above.",
            (mend(facts, "leave json.loads out"), again(facts)),
            facts.evidence(raised.told),
        )
    if not _WRONG_BODY.search(raised.message) or not facts.line:
        return None
    twice = raised.message.startswith("string indices") or "'str' object" in raised.message
    why = "Encoded twice, JSON is a text and no object: json.dumps was called on a text." if twice else ""
    return Finding(
        "wrong-body",
        f"What came is not what run() takes: {quoted(raised)} {why}".rstrip(),
        (f"send an object, encoded once: {send(facts, _BODY)}", mend(facts, "or take what comes")),
        facts.evidence(raised.told),
    )


def result(facts: Facts) -> Finding | None:
    """What run() returned is no JSON."""
    raised = facts.raised
    first = (raised.told if raised is not None else facts.message).partition("\n")[0].removeprefix(RAISED)
    if facts.stage != RUN or not _NOT_JSON.search(first):
        return None
    advice = re.search(r"^Try: (.*)$", facts.told, re.MULTILINE)
    step = advice[1] if advice is not None else "result.tolist() of NumPy, frame.to_dict(orient='records') of pandas"
    return Finding(
        "result-not-json",
        f"{clean(first)}. JSON knows texts, numbers, true, false, null, lists and objects, and no types of NumPy's.",
        (mend(facts, clean(step)), again(facts)),
        facts.evidence("JSON", first),
    )


def time_limit(facts: Facts) -> Finding | None:
    """run() was interrupted."""
    match = re.match(r"Scoring timeout after (\d+) ms", facts.message)
    if match is None:
        return None
    limit = int(match[1])
    step = f"or allow more: service.update(scoring_timeout_ms={limit * 2})" if facts.spec.kind == "AKS" else ""
    return Finding(
        "run-timeout",
        f"run() took longer than its {limit:,} ms and was interrupted.",
        tuple(filter(None, (
            mend(facts, "load models in init(), not in run(); answer fewer rows in a request"), step, again(facts)))),
        facts.evidence("Scoring timeout"),
    )  # fmt: skip


def refused(facts: Facts) -> Finding | None:
    """The server answered by itself."""
    request = facts.request
    if request is None:
        return None
    name, found = facts.called, _last(facts)
    if request.status == 401 and facts.spec.auth == "token":
        why = "The token was missing, had ended after its hour, or was another service's."
        step = "token, refresh_by = service.get_token(); headers={'Authorization': f'Bearer {token}'}"
        return Finding("wrong-token", why, (step, f"%service run {name} BODY sends one by itself"), found)
    if request.status == 401:
        why = "The header Authorization was missing, or its key is none of the service's two: regenerated perhaps."
        step = f"%service keys {name} --show, or primary, secondary = service.get_keys()"
        return Finding("wrong-key", why, (step, "headers={'Authorization': f'Bearer {primary}'}"), found)
    if request.status == 404:
        why = f"The request went to {clean(request.path)}; the service answers at {facts.spec.scoring_path}."
        return Finding("wrong-path", why, (f"take service.scoring_uri: %service status {name}",), found)
    if request.status == 403:
        why = "The request's Host header names another host than this machine, as a page of another site would."
        step = "call it as localhost, or AML_NB_ALLOWED_HOSTS='name' before it is deployed"
        return Finding("wrong-host", why, (step,), found)
    if request.status in (413, 431):
        return Finding("too-large", "The body, or a header, is larger than the service takes.",
                       ("send fewer rows in a request, or score files by %batch",), found)  # fmt: skip
    if request.status == 503:
        steps = (
            f"more replicas: %service update {name} --replicas N (aks)",
            "fewer callers at a time, or callers that try again after a 503",
        )
        return Finding("too-busy", "All workers were computing, and the request had waited its time.", steps, found)
    return None


def _last(facts: Facts) -> tuple[str, ...]:
    assert facts.request is not None
    return facts.evidence(facts.request.line)[-2:]
