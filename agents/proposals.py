"""Checking changes to a configuration that somebody else holds; nothing is saved."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from agents import config as configs
from agents import flat

Change = Mapping[str, Any]  # {"key": …, "value": …}


def apply(
    current: Mapping[str, Any],
    changes: Sequence[Change],
    *,
    mode: Literal["create", "edit"] = "edit",
    lenient: bool = False,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the configuration with the changes made, in the shape it came in, and the
    changes that were made. With ``lenient``, an unknown key is left out; else it raises
    ``config.Invalid``, as a value that does not fit does."""
    config, applied = dict(current), []
    unknown = []
    for change in changes:
        key, value = change["key"], change["value"]
        if not _is_known(key):
            unknown.append(configs.Problem(key, "there is no such setting"))
            continue
        if "." in key:
            flat.put(config, key, value)
        else:
            config[key] = value
        applied.append({"key": key, "value": value})
    if unknown and not lenient:
        raise configs.Invalid(unknown)
    if mode == "create" and not str(config.get("name") or "").strip():
        raise configs.Invalid([configs.Problem("name", "give the agent a name")])
    configs.parse(flat.nested(config))
    return config, applied


def _is_known(key: str) -> bool:
    return key in flat.TAKEN or flat.place(key) is not None
