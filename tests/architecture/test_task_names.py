"""``later`` asks by a text, and beat's table is texts: both must name real tasks."""

import ast
from pathlib import Path

import pytest

from rymi_site.celery import EVERY, EXPIRES, app

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "webhooks", "billing", "agents", "telephony", "intelligence")


@pytest.fixture(scope="module")
def tasks():
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name[:7] != "celery."}


def asked_by_name():
    for package in (*APPS, "rymi_site", "common"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and _named(node.func) == "later":
                    yield path.relative_to(ROOT), node


def _named(function):
    return getattr(function, "attr", None) or getattr(function, "id", None)


def test_later_asks_for_tasks_there_are(tasks):
    unknown = [
        f"{path}:{node.lineno}"
        for path, node in asked_by_name()
        if not (
            node.args
            and isinstance(node.args[0], ast.Constant)
            and node.args[0].value in tasks
        )
    ]

    assert unknown == []


def test_beat_names_tasks_there_are(tasks):
    assert (EVERY.keys() | EXPIRES.keys()) - set(tasks) == set()


def test_beat_stands_in_order():
    """So that two changes that add a line each do not meet at its end."""
    assert list(EVERY) == sorted(EVERY)


def test_tasks_are_named_for_their_app_and_deed(tasks):
    """A name that says where the task lives survives a move of its function."""
    wrong = {
        name: task.__module__
        for name, task in tasks.items()
        if name.split(".")[0] not in APPS or ".tasks." in name
    }

    assert wrong == {}


def test_tasks_stand_in_tasks_modules_and_take_keywords_only(tasks):
    import inspect

    for name, task in tasks.items():
        kinds = {each.kind for each in inspect.signature(task.run).parameters.values()}
        assert task.__module__.endswith(".tasks"), name
        assert kinds <= {inspect.Parameter.KEYWORD_ONLY}, name
