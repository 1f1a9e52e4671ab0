"""Croissant 1.0 metadata of an export: its files by size and SHA-256, its columns by name and type.

The format is that of http://mlcommons.org/croissant/1.0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mores.instruments.dilemma_schema import key_descriptions
from mores.instruments.dilemmas import Dilemma, record_of
from mores.report.dilemma_export.publication import (
    Publication,
    citation,
    licence_url,
    licences,
    set_version,
)
from mores.report.dilemma_export.tables import Column, FlatTable, filled_tables

__all__ = ["LINES", "ExportedFile", "croissant"]

LINES = "dilemmas.jsonl"
"""The file of the dilemmas as they are read, one JSON object a line."""

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {
    "text": "sc:Text",
    "texts": "sc:Text",
    "integer": "sc:Integer",
    "boolean": "sc:Boolean",
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of an export: its name, media type, what it is, and its bytes."""

    name: str
    media_type: str
    description: str
    content: bytes


def croissant(
    dilemmas: Sequence[Dilemma],
    publication: Publication,
    files: Iterable[ExportedFile],
    description: str,
) -> dict[str, Any]:
    """The metadata as a JSON-serialisable object.

    Parameters
    ----------
    dilemmas : sequence of Dilemma
    publication : Publication
        What is None in it is left out.
    files : iterable of ExportedFile
        The files that lie beside the metadata.
    description : str
        What the set is, in a few sentences.
    """
    version = set_version(dilemmas)
    terms = [licence_url(licence) or licence for licence in licences(dilemmas)]
    said = {
        "name": publication.name,
        "description": description,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": version,
        "citeAs": citation(publication, version),
        "license": terms[0] if len(terms) == 1 else terms or None,
        "creator": _organisation(publication.creator),
        "url": publication.url,
        "datePublished": publication.published,
    }
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        **{key: value for key, value in said.items() if value is not None},
        "distribution": [_file_object(file) for file in files],
        "recordSet": [*map(_record_set, filled_tables(dilemmas)), _lines(dilemmas)],
    }


def _organisation(name: str | None) -> dict[str, str] | None:
    return None if name is None else {"@type": "sc:Organization", "name": name}


def _file_object(file: ExportedFile) -> dict[str, str]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": file.description,
        "contentUrl": file.name,
        "contentSize": f"{len(file.content)} B",
        "encodingFormat": file.media_type,
        "sha256": hashlib.sha256(file.content).hexdigest(),
    }


def _record_set(table: FlatTable) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": [{"@id": f"{table.name}/{column}"} for column in table.key],
        "field": [_field(table.name, f"{table.name}.parquet", c) for c in table.columns],
    }


def _field(record_set: str, file: str, column: Column) -> dict[str, Any]:
    field = {
        "@type": "cr:Field",
        "@id": f"{record_set}/{column.name}",
        "name": column.name,
        "description": column.description,
        "dataType": _TYPES[column.kind],
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }
    return field | {"repeated": True} if column.kind == "texts" else field


def _lines(dilemmas: Sequence[Dilemma]) -> dict[str, Any]:
    """The lines of the JSONL file, by those of their keys that each line has and that hold text."""
    shared = set.intersection(*(set(record_of(d)) for d in dilemmas))
    texts = shared - {"schema", "presumes", "validation"}
    columns = [Column(k, "text", told) for k, told in key_descriptions().items() if k in texts]
    return {
        "@type": "cr:RecordSet",
        "@id": "lines",
        "name": "lines",
        "description": "One record a line; dilemma.schema.json describes what else a line may hold.",
        "key": [{"@id": "lines/id"}],
        "field": [_field("lines", LINES, column) for column in columns],
    }
