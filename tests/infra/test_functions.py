"""What no linter checks about functions: that they exist, are packaged, and are told enough."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from infra.sam.template import TEMPLATE, load

if TYPE_CHECKING:
    from infra.sam.template import Template

FUNCTIONS = TEMPLATE.parent / "functions"
BUILD = (FUNCTIONS / "Makefile").read_text()
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}


def test_every_handler_exists(template: Template) -> None:
    """`Handler` is only looked up when the function is first called."""
    for function in template.functions().values():
        module, name = function.handler.rsplit(".", 1)
        assert callable(getattr(importlib.import_module(module), name))


def test_importing_a_handler_reads_no_environment(template: Template) -> None:
    """Nothing is set, not even a region: a look-up or a client made there would fail."""
    modules = [f.handler.rsplit(".", 1)[0] for f in template.functions().values()]
    program = f"import {', '.join(modules)}"

    subprocess.run([sys.executable, "-c", program], env={}, check=True)


def test_every_package_holds_the_folder_of_its_handler(template: Template) -> None:
    """The build file has a line for each function, and none for others."""
    built = dict(re.findall(r"^build-(\w+): FOLDER := (\w+)$", BUILD, re.MULTILINE))
    expected = {name: f.handler.split(".")[0] for name, f in template.functions().items()}

    assert expected == built
    assert {"functions/"} == {f.code for f in template.functions().values()}


def test_every_function_has_its_own_role_and_log(template: Template) -> None:
    """Only Lambda may assume a role; logs do not grow for ever."""
    functions = template.functions().values()
    roles, logs = {f.role for f in functions}, {f.log_group for f in functions}

    assert len(functions) == len(roles) == len(logs)
    for role in roles:
        policy = template.resources[role].properties["AssumeRolePolicyDocument"]
        assert [{**TRUST, "Action": "sts:AssumeRole"}] == policy["Statement"]
    for name, log in template.of_type("AWS::Logs::LogGroup").items():
        assert log["RetentionInDays"] > 0, name


@pytest.mark.parametrize("name", load().functions())
def test_a_function_is_told_what_it_asks_for(
    name: str, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its environment is enough to start it, and no variable is there that its code never names."""
    function = template.functions()[name]
    attributes = {key: {"Ref": "given", "Arn": "given"} for key in template.resources}
    told = template.resolve(function.environment, attributes)
    for variable, value in told.items():
        monkeypatch.setenv(variable, str(value))
    module, name = function.handler.rsplit(".", 1)
    handler = getattr(importlib.import_module(module), name)
    importlib.import_module(handler.__module__).bootstrap.__wrapped__()

    folders = (function.handler.split(".")[0], "relink")
    code = " ".join(f.read_text() for d in folders for f in (FUNCTIONS / d).rglob("*.py"))
    for variable in told:
        named = re.search(rf"\b{variable}\b", code, re.IGNORECASE)
        assert named or variable.startswith("POWERTOOLS_"), variable


def test_no_function_logs_its_event(template: Template) -> None:
    """An event may hold credentials."""
    for function in template.functions().values():
        assert function.environment["POWERTOOLS_LOGGER_LOG_EVENT"] == "false"
