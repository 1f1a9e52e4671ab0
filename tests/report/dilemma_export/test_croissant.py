"""The structure that the specification asks for; whole loaders are tried by hand."""

import hashlib
import json

import pytest

from mores.instruments.dilemmas import record_of
from mores.report.dilemma_export.croissant import ExportedFile, croissant
from mores.report.dilemma_export.publication import Publication
from mores.report.dilemma_export.tables import TABLES

FILE = ExportedFile("dilemmas.jsonl", "application/jsonlines", "Lines.", b"{}\n")
WHOLE = Publication("Set", "A. Person", "https://example.org", "2026-11-20")


@pytest.fixture
def made(few):
    return croissant(few, WHOLE, [FILE], "A set.")


def test_what_is_said_of_the_set(made, few):
    json.dumps(made, allow_nan=False)
    assert made["@type"] == "sc:Dataset"
    assert made["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert (made["name"], made["description"]) == ("Set", "A set.")
    assert made["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert made["creator"]["name"] == "A. Person"
    assert (made["url"], made["datePublished"]) == ("https://example.org", "2026-11-20")
    assert made["version"] in made["citeAs"]


def test_what_is_not_known_is_left_out(few):
    made = croissant(few[2:], Publication("Set"), [FILE], "A set.")
    assert not {"license", "creator", "url", "datePublished"} & set(made)
    assert None not in made.values()


def test_a_file_is_told_by_its_bytes(made):
    (file,) = made["distribution"]
    assert file["contentUrl"] == file["@id"] == "dilemmas.jsonl"
    assert file["contentSize"] == "3 B"
    assert file["sha256"] == hashlib.sha256(b"{}\n").hexdigest()


def test_fields_are_the_columns(made):
    sets = {record_set["@id"]: record_set for record_set in made["recordSet"]}
    assert list(sets) == ["dilemmas", "actions", "readings", "lines"]
    for table in TABLES:
        fields = sets[table.name]["field"]
        assert [f["source"]["extract"]["column"] for f in fields] == [c.name for c in table.columns]
        assert {f["source"]["fileObject"]["@id"] for f in fields} == {f"{table.name}.parquet"}
        ids = {f["@id"] for f in fields}
        assert {key["@id"] for key in sets[table.name]["key"]} <= ids
    types = {f["name"]: (f["dataType"], f.get("repeated")) for f in sets["dilemmas"]["field"]}
    assert types["presumes"] == ("sc:Text", True)
    assert types["n_readings"] == ("sc:Integer", None)
    assert types["human"] == ("sc:Boolean", None)


def test_ids_are_unique(made):
    ids = [f["@id"] for s in made["recordSet"] for f in s["field"]]
    ids += [s["@id"] for s in made["recordSet"]] + [f["@id"] for f in made["distribution"]]
    assert len(ids) == len(set(ids))


def test_every_line_has_the_keys_of_the_lines(made, few):
    lines = made["recordSet"][-1]
    keys = {f["name"] for f in lines["field"]}
    assert {"id", "value", "topic", "scenario_text", "option_a_mild"} <= keys
    assert not keys & {"licence", "source", "presumes", "validation", "schema"}
    assert all(keys <= set(record_of(d)) for d in few)


def test_terms_are_a_list_if_they_differ(few):
    from dataclasses import replace

    mixed = [few[0], replace(few[1], licence="ask me")]
    made = croissant(mixed, WHOLE, [FILE], "A set.")
    assert made["license"] == ["https://spdx.org/licenses/CC-BY-4.0.html", "ask me"]
