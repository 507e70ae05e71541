"""A stack as an agent of these settings gets it."""

from agents import config, stacks


def resolve(workspace, language="", **document):
    return stacks.resolve(config.parse(document), workspace, language=language)


def told(stack):
    return [f"{notice.severity}: {notice.title}" for notice in stack.notices]
