"""``@input_schema`` and ``@output_schema``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from aml_nb.scoring.inference_schema.parameter_types.abstract_parameter_type import AbstractParameterType
from aml_nb.scoring.inference_schema.schema_util import remember, schema_for

Function = Callable[..., Any]


def input_schema(
    param_name: str,
    param_type: AbstractParameterType,
    convert_to_provided_type: bool = True,
    optional: bool = False,
) -> Callable[[Function], Function]:
    """Say by a sample what a parameter of the decorated function takes.

    Parameters
    ----------
    param_name : the parameter's name.
    param_type : the sample, in a parameter type.
    convert_to_provided_type : whether what comes is converted to the sample's type; else it is handed over as
        it came.
    optional : whether None may be sent.

    Raises
    ------
    ValueError
        The sample is no parameter type, or the sample cannot be described; when called, a value does not fit.
    """
    _check_type(param_type)

    def convert(value: Any) -> Any:
        if not convert_to_provided_type or (optional and value is None):
            return value
        return _convert(value, param_type, param_name)

    def decorate(func: Function) -> Function:
        names = list(inspect.signature(func).parameters)
        position = names.index(param_name) if param_name in names else None

        @functools.wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if position is None:
                raise ValueError(f"{param_name!r} of @input_schema is no parameter of {func.__name__}()")
            if param_name in kwargs:
                kwargs[param_name] = convert(kwargs[param_name])
            elif position < len(args):
                args = (*args[:position], convert(args[position]), *args[position + 1 :])
            return func(*args, **kwargs)

        param_type.input_to_swagger()
        schema_for(wrapper).inputs[param_name] = param_type
        remember(wrapper)
        return wrapper

    return decorate


def output_schema(output_type: AbstractParameterType) -> Callable[[Function], Function]:
    """Say by a sample what the decorated function returns; what it returns is not changed.

    Parameters
    ----------
    output_type : the sample, in a parameter type.
    """
    _check_type(output_type)

    def decorate(func: Function) -> Function:
        @functools.wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        output_type.input_to_swagger()
        schema_for(wrapper).output = output_type
        remember(wrapper)
        return wrapper

    return decorate


def _check_type(sample: Any) -> None:
    if not isinstance(sample, AbstractParameterType):
        raise ValueError(
            f"A schema takes a parameter type, such as StandardPythonParameterType(sample), not {sample!r}"
        )


def _convert(value: Any, sample: AbstractParameterType, place: str) -> Any:
    """Convert ``value`` as the sample says, and what stands in a dict or a list where it holds further samples."""
    try:
        converted = sample.deserialize_input(value)
    except Exception as error:
        raise ValueError(f"{place}: {error}") from error
    by_name = getattr(sample, "sample_data_type_map", None)
    if by_name:
        inner = {
            name: _convert(converted[name], kind, f"{place}[{name!r}]")
            for name, kind in by_name.items()
            if name in converted
        }
        return {**converted, **inner}
    by_position = getattr(sample, "sample_data_type_list", None)
    if by_position:
        kinds = by_position if len(by_position) > 1 else by_position * len(converted)
        items = list(converted)
        for index, kind in enumerate(kinds[: len(items)]):
            items[index] = _convert(items[index], kind, f"{place}[{index}]")
        return type(converted)(items)
    return converted
