"""Notices about a stack: what keeps calls from working, and what is doubtful."""

from collections.abc import Iterator

from accounts.models import Workspace
from agents.catalogue import Channel, Model
from agents.stack import CHANNEL_NAMES, REALTIME, Choice, Notice, Stack
from billing import plans
from billing.models import ManagedSku

APART = "Until then calls run through recognition, model and voice apart."


def cannot_be_used(channel: Channel, name: str) -> Notice:
    """Say that we have no adapter for what was chosen."""
    if channel == REALTIME:
        return _warning(
            channel,
            f"{name} cannot be used here for speech to speech",
            f"Choose a model of another provider. {APART}",
        )
    return _warning(
        channel,
        f"{name} cannot be used here",
        "Calls run through another provider until you choose one of those"
        f" offered for {CHANNEL_NAMES[channel].lower()}.",
    )


def not_connected(channel: Channel, name: str) -> Notice:
    """Say that what was chosen has no key."""
    other = "Until then calls run through another provider."
    return _warning(
        channel,
        f"{name} is not connected",
        "Add your key under Settings, BYO Providers. "
        f"{APART if channel == REALTIME else other}",
    )


def no_fallback(channel: Channel, name: str) -> Notice:
    """Say that the fallback that was chosen cannot run."""
    return _warning(
        channel,
        f"The fallback {name} is not connected",
        "Add your key under Settings, BYO Providers. Until then there is"
        " nothing to fall back on but the offline set.",
    )


def nothing_takes_over(head: Choice, language: str) -> Notice:
    """Say that the parts behind a head cannot do its work."""
    return _warning(
        REALTIME,
        f"Nothing takes over if {head.provider_name} fails in mid-call",
        f"Recognition, model and voice apart do not cover {language}."
        " Connect providers that do under Settings, BYO Providers.",
    )


def nothing_covers(offline: Choice, language: str) -> Notice:
    """Refuse a language that only the offline set is left for."""
    return Notice(
        "blocker",
        offline.channel,
        f"Nothing covers {language} for {offline.name.lower()}",
        "The offline set speaks English only. Connect a provider that"
        " covers the language under Settings, BYO Providers.",
    )


def doubts(
    choice: Choice,
    *,
    language: str,
    model: Model | None,
    key_error: str,
    wanted_voice: str,
) -> Iterator[Notice]:
    """Say what is doubtful about a choice that will run."""
    channel, name = choice.channel, choice.provider_name
    if choice.coverage == "none" and not choice.is_offline:
        yield _warning(
            channel,
            f"{name} does not list {language}",
            "It may misunderstand or mispronounce. Choose a provider that covers"
            " the language.",
        )
    if channel == "tts" and choice.model == "espeak-ng":
        yield _warning(
            channel,
            f"The offline voice for {language} is a robot's",
            "Connect a voice engine under Settings, BYO Providers.",
        )
    if model and not model.tools and not choice.is_offline:
        yield _warning(
            channel,
            f"{model.id} cannot use tools",
            "It cannot hang up by itself or look anything up. Choose another model.",
        )
    if key_error:
        yield _warning(channel, f"{name} refused the key", key_error)
    is_replaced = bool(wanted_voice) and choice.voice != wanted_voice
    if channel in ("tts", REALTIME) and choice.voice_name and is_replaced:
        yield _warning(
            channel,
            f"{choice.voice_name} speaks",
            f"The voice that was chosen is not one of {name}.",
        )


def not_as_sold(stack: Stack, sku: ManagedSku) -> Iterator[Notice]:
    """Refuse to run, at its price, anything else than the managed stack."""
    sold = {**sku.stack, REALTIME: sku.stack.get("llm", "")}
    for choice in stack.talking:
        wanted = sold.get(choice.channel, "").partition("/")[0]
        if wanted and choice.provider != wanted:
            yield Notice(
                "blocker",
                choice.channel,
                f"The managed stack {sku.name} cannot run here",
                f"This server has no key for {wanted}. Whoever runs it adds one, or"
                " choose your own stack.",
            )


def no_such_sku(sku_id: str) -> Notice:
    """Refuse a managed stack that is not sold."""
    return Notice(
        "blocker",
        "llm",
        f"There is no managed stack “{sku_id[:40]}”",
        "Choose another one, or your own stack.",
    )


def not_in_plan(stack: Stack, workspace: Workspace | None) -> Iterator[Notice]:
    """Refuse servers of the customer's own where the plan has none."""
    own = [choice for choice in stack.choices if choice.endpoint]
    if not own or workspace is None or plans.limits(workspace).custom_endpoints:
        return
    for choice in own:
        yield Notice(
            "blocker",
            choice.channel,
            "Your plan has no servers of your own",
            f"{choice.name} runs at {choice.endpoint}. Change to a plan that allows it,"
            " or choose a provider.",
        )


def _warning(channel: Channel, title: str, detail: str) -> Notice:
    return Notice("warning", channel, title, detail)
