"""CloudFormation's notation, as far as template.yaml uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.sam.intrinsics import Unresolved, read
from infra.sam.template import Template

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
Parameters:
  Size: {Type: Number, Default: 3}
  Url: {Type: String, Default: ""}
Conditions:
  Given: !Not [!Equals [!Ref Url, ""]]
  Big: !And [!Condition Given, !Equals [!Ref Size, 3]]
Resources:
  Jar: {Type: Some::Jar, Properties: {Value: !Ref Size}}
  Lid: {Type: Some::Lid, Condition: Given}
"""
ATTRIBUTES = {"Jar": {"Ref": "jar-1", "Arn": "arn:jar-1"}}


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """Return the parsed text above."""
    path = tmp_path / "template.yaml"
    path.write_text(TEXT)
    return read(path)


def resolved(document: dict[str, Any], value: Any, **parameters: Any) -> Any:
    """Return a value resolved in the template above."""
    return Template(document, parameters).resolve(value, ATTRIBUTES)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Size"}, 3),
        ({"Ref": "Jar"}, "jar-1"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Fn::GetAtt": ["Jar", "Arn"]}, "arn:jar-1"),
        ({"Fn::Sub": "${Jar}/${Jar.Arn}/${Size}/${!literal}"}, "jar-1/arn:jar-1/3/${literal}"),
        ({"Fn::Sub": ["${own}", {"own": {"Ref": "Size"}}]}, "3"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Size"}]]}, "a-3"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["Given", {"Ref": "Nobody"}, "else"]}, "else"),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"kept": 1, "gone": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
    ],
)
def test_computes_intrinsic_functions(document: dict[str, Any], value: Any, expected: Any) -> None:
    """Each function gives what CloudFormation documents; the branch not taken is not looked at."""
    assert expected == resolved(document, value)


@pytest.mark.parametrize("url", ["", "https://relink.example"])
def test_leaves_out_resources_whose_condition_is_false(document: dict[str, Any], url: str) -> None:
    """Conditions see the parameters given, and each other."""
    template = Template(document, {"Url": url})

    assert ("Lid" in template.resources) == bool(url)
    assert bool(url) == template.resolve({"Condition": "Big"}, {})


def test_says_what_has_no_value(document: dict[str, Any]) -> None:
    """A forgotten attribute is an error that names it, never an empty text."""
    with pytest.raises(Unresolved, match=r"Jar\.Url has no value"):
        resolved(document, {"Fn::Sub": "${Jar.Url}"})


def test_refuses_unknown_parameters(document: dict[str, Any]) -> None:
    """A misspelt override would otherwise be ignored."""
    with pytest.raises(Unresolved, match="no parameter Sise"):
        resolved(document, "x", Sise=4)
