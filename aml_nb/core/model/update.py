"""What changes a registered model: its tags, properties and description, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aml_nb.core.model import rows as model_rows
from aml_nb.core.model.register import dataset_ids, dictionary
from aml_nb.core.model.samples import sample_of
from aml_nb.errors import WebserviceException

if TYPE_CHECKING:
    from collections.abc import Callable

    from aml_nb.core.model import Model

Fields = dict[str, Any]


def update(
    model: Model,
    tags: dict[str, str] | None,
    description: str | None,
    sample_input_dataset: Any,
    sample_output_dataset: Any,
    resource_configuration: Any,
) -> None:
    """Replace what is not None."""
    given = {
        "description": description,
        "resource_configuration": resource_configuration.serialize() if resource_configuration else None,
    }
    samples = {
        which: sample_of(model.workspace, dataset)
        for which, dataset in (("input", sample_input_dataset), ("output", sample_output_dataset))
        if dataset is not None
    }
    replaced = None if tags is None else dictionary(tags, "tags")

    def change(fields: Fields) -> None:
        for which, (identity, rows) in samples.items():
            kept = fields["payload"].get("samples") or {}
            fields["payload"][f"sample_{which}_dataset"] = identity
            fields["payload"]["samples"] = {**kept, which: rows}
        if replaced is not None:
            fields["tags"] = replaced
        fields["payload"].update({key: value for key, value in given.items() if value is not None})

    _modify(model, change)


def tags_properties(
    model: Model, add_tags: dict[str, str], remove_tags: list[str], add_properties: dict[str, str]
) -> None:
    """Remove tags, add tags, add properties: all or nothing."""
    tags, properties = dictionary(add_tags, "tags"), dictionary(add_properties, "properties")
    removed = [remove_tags] if isinstance(remove_tags, str) else list(remove_tags)
    said: list[str] = []

    def change(fields: Fields) -> None:
        said.clear()
        _refuse_known(fields["properties"], dict(properties))
        fields["properties"].update(properties)
        for key in removed:
            if key in fields["tags"]:
                del fields["tags"][key]
            else:
                said.append(f"Tag with key {key} not found.")
        for key in tags.keys() & fields["tags"].keys():
            said.append(f"Replacing tag {key} -> {fields['tags'][key]} with {key} -> {tags[key]}")
        fields["tags"].update(tags)

    _modify(model, change)
    for line in said:
        print(line)


def add_datasets(model: Model, datasets: list[tuple[str, Any]]) -> None:
    """Add (purpose, dataset) pairs."""
    new = dataset_ids(model.workspace, datasets)

    def change(fields: Fields) -> None:
        known = fields["payload"].setdefault("datasets", {})
        for purpose, ids in new.items():
            known[purpose] = list(dict.fromkeys([*known.get(purpose, []), *ids]))

    _modify(model, change)


def delete(model: Model) -> None:
    """Delete one version, unless an image or a web service uses it."""
    from aml_nb.core.image.listing import holding

    def refuse(services: list[tuple[str, dict[str, Any]]]) -> None:
        if images := holding(model.workspace, model.id):
            raise WebserviceException(
                f"Model {model.id} cannot be deleted: it is in the image {', '.join(images)}.",
                status_code=412,
                hint=f"Image(ws, id={images[0]!r}).delete(), then model.delete()",
            )
        using = [record.get("name", key) for key, record in services if model.id in record.get("modelIds", ())]
        if using:
            raise WebserviceException(
                f"Model {model.id} cannot be deleted: it is used by the web service {', '.join(using)}.",
                status_code=412,
                hint=f"Webservice(ws, {using[0]!r}).delete(), then model.delete()",
            )

    model_rows.registry(model.workspace).remove(model.name, model.version, refuse)


def _modify(model: Model, change: Callable[[Fields], None]) -> None:
    try:
        row = model_rows.registry(model.workspace).modify(model.name, model.version, change)
    except KeyError:
        raise WebserviceException(
            f"The model {model.id} was deleted meanwhile.", status_code=404, hint=f"Model(ws, {model.name!r})"
        ) from None
    model_rows.fill(model, model.workspace, row)


def _refuse_known(known: Fields, new: Fields) -> None:
    if both := sorted(known.keys() & new.keys()):
        raise WebserviceException(
            f"Properties cannot be changed; {', '.join(both)} is there already.",
            hint="model.add_tags({...}): tags may change",
        )
