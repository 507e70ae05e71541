"""Making and changing agents. Every field change is logged and can be undone singly."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from agents import config as configs
from agents import stacks
from agents.config import AgentConfig
from agents.models import Agent, Change, Snapshot
from agents.tools import bindings
from common import clock
from common.errors import NotFound, Refusal

ONE_SENTENCE = timedelta(minutes=1)
# Fields that may change because another one did.
FOLLOWERS = ("voice", "supported_languages")


class Stale(Refusal):
    """Somebody else changed the agent in the meantime."""

    code = "stale_revision"
    status = 409


class Undoable(Refusal):
    """The change cannot be taken back."""

    code = "cannot_undo"
    status = 409


def create(
    *,
    workspace: Workspace,
    name: str,
    config: AgentConfig,
    by: User | None,
    template: str = "",
) -> Agent:
    """Save a new agent as a draft."""
    _check_tools(config)
    return Agent.objects.create(
        workspace=workspace,
        name=_label(name),
        config=config.document(),
        template=template,
        created_by=by,
    )


@transaction.atomic
def edit(
    agent: Agent,
    *,
    changes: Mapping[str, Any],
    by: User | None,
    revision: int | None = None,
    typing: bool = False,
) -> list[Change]:
    """Set fields by dotted path (``name`` is the label); return what really changed.

    All or nothing: raises ``config.Invalid`` and changes nothing if any value is wrong,
    ``Stale`` if ``revision`` is not the draft's any more. With ``typing``, a field that
    the same person changed a moment ago stays one change: one sentence, one undo.
    """
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    if revision is not None and revision != agent.revision:
        raise Stale(
            "This agent was changed elsewhere in the meantime. Reload the page to see"
            " the changes; what you typed is still in the field."
        )
    before = configs.parse(agent.config).document()
    document = configs.parse(agent.config).document()
    name = agent.name
    for path, value in changes.items():
        if path == "name":
            name = _label(value)
        elif path == "tools" and isinstance(value, list):
            told = [each for each in value if isinstance(each, dict)]
            same = len(told) == len(value)
            _put(
                document,
                path,
                bindings.restored(told, before["tools"]) if same else value,
            )
        else:
            _put(document, path, value)
    parsed, _ = stacks.reset_voice(configs.parse(document))
    if "tools" in changes:
        _check_tools(parsed)
    after = parsed.document()
    paths = _roots(changes, before, after)
    changed = [(p, get(before, p), get(after, p)) for p in paths]
    if name != agent.name:
        changed.append(("name", agent.name, name))
    if not changed:
        return []
    agent.name, agent.config = name, after
    agent.revision += 1
    agent.save(update_fields=["name", "config", "revision", "updated_at"])
    if typing and len(changed) == 1:
        [(path, _, new)] = changed
        if last := _being_typed(agent, path, by):
            return [_go_on(last, new)]
    return Change.objects.bulk_create(
        Change(agent=agent, field_path=path, before=old, after=new, changed_by=by)
        for path, old, new in changed
    )


def _being_typed(agent: Agent, path: str, by: User | None) -> Change | None:
    """Return the newest change, if it is this person's, of this field, and fresh."""
    last = agent.changes.filter(undone_at=None).order_by("-id").first()
    if last is None or (last.field_path, last.changed_by_id) != (path, by and by.pk):
        return None
    if last.created_at < clock.now() - ONE_SENTENCE:
        return None
    if agent.published and agent.published.created_at > last.created_at:
        return None  # what went live is not rewritten
    return last


def _go_on(change: Change, new: Any) -> Change:
    change.after = new
    if change.before == new:  # typed, and taken back by hand
        change.delete()
    else:
        change.save(update_fields=["after"])
    return change


@transaction.atomic
def undo(change: Change, *, by: User | None) -> Agent:
    """Put one field back; refuse when it has changed again since."""
    agent = Agent.objects.select_for_update().get(pk=change.agent_id)
    change = Change.objects.get(pk=change.pk)
    if change.undone_at:
        raise Undoable("This change has been undone already.")
    document = configs.parse(agent.config).document()
    is_label = change.field_path == "name"
    now = agent.name if is_label else get(document, change.field_path)
    if now != change.after:
        raise Undoable(
            "This field was changed again later. Undo the later change first."
        )
    before = agent.config
    if is_label:
        agent.name = str(change.before)
    else:
        _put(document, change.field_path, change.before)
        parsed, _ = stacks.reset_voice(configs.parse(document))
        agent.config = parsed.document()
    agent.revision += 1
    agent.save(update_fields=["name", "config", "revision", "updated_at"])
    change.undone_at = clock.now()
    change.save(update_fields=["undone_at"])
    _note_followers(agent, change.field_path, before, by)
    return agent


def go_back(agent: Agent, version: Snapshot, *, by: User | None) -> list[Change]:
    """Make the draft what a version was, but for the label, which versions do not have.
    Each field is a change of its own; raises what ``edit`` raises."""
    draft, then = configs.parse(agent.config), configs.parse(version.config)
    return edit(agent, changes=draft.steps_to(then), by=by)


def _note_followers(
    agent: Agent, path: str, before: Mapping[str, Any], by: User | None
) -> None:
    """Log what changed because ``path`` did, such as a voice that no longer fits."""
    was = configs.parse(dict(before)).document()
    Change.objects.bulk_create(
        Change(
            agent=agent,
            field_path=each,
            before=get(was, each),
            after=get(agent.config, each),
            changed_by=by,
        )
        for each in FOLLOWERS
        if each != path and get(was, each) != get(agent.config, each)
    )


def clone(agent: Agent, *, by: User | None) -> Agent:
    """Copy an agent's draft; the copy is not published."""
    return create(
        workspace=agent.workspace,
        name=f"{agent.name[:112]} (Copy)",
        config=configs.parse(agent.config),
        by=by,
        template=agent.template,
    )


@transaction.atomic
def delete(agent: Agent, *, by: User | None) -> None:
    """Take an agent out of use. Its calls keep their agent; ``restore`` brings it back."""
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    agent.published = None
    agent.deleted_at = clock.now()
    agent.save(update_fields=["published", "deleted_at"])
    audit.record(
        workspace=agent.workspace, actor=by, verb="agent.deleted", target=agent.name
    )


@transaction.atomic
def restore(agent: Agent, *, by: User | None) -> None:
    """Bring a deleted agent back, as a draft."""
    agent.deleted_at = None
    agent.save(update_fields=["deleted_at"])
    audit.record(
        workspace=agent.workspace, actor=by, verb="agent.restored", target=agent.name
    )


def _check_tools(config: AgentConfig) -> None:
    """Refuse settings of tools that could not be used. Not done when a document is
    read: what is stored stays readable when the rules change."""
    if problems := bindings.problems(config.tools):
        raise configs.Invalid(problems)


def get(document: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path; raise ``NotFound`` for an unknown one."""
    value: Any = document
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            raise NotFound(f"There is no setting {path}.")
        value = value[step]
    return value


def _put(document: dict[str, Any], path: str, value: Any) -> None:
    *parents, leaf = path.split(".")
    holder: Any = document
    for step in parents:
        holder = holder.get(step) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or leaf not in holder:
        raise configs.Invalid([configs.Problem(path, "there is no such setting")])
    holder[leaf] = value


def _roots(
    changes: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[str]:
    """Return the paths that changed: those asked for, and what followed from them."""
    wanted = [path for path in changes if path != "name"]
    paths = [*wanted, *(f for f in FOLLOWERS if f not in wanted)]
    return [path for path in paths if get(before, path) != get(after, path)]


def _label(name: Any) -> str:
    label = str(name or "").strip()
    if not label:
        raise configs.Invalid([configs.Problem("name", "give the agent a name")])
    if len(label) > 120:
        raise configs.Invalid([configs.Problem("name", "at most 120 characters")])
    return label
