"""An agent's scenarios, from its configuration and from its calls."""

from django.db import transaction

from agents import config as configs
from agents.models import Agent
from common.errors import Refusal
from intelligence import talk
from intelligence.evals import seeds
from intelligence.models import Analysis, Scenario
from telephony.models import Call


class NoScenarios(Refusal):
    """There is nothing to play."""

    code = "no_scenarios"
    status = 409


@transaction.atomic
def seed(agent: Agent, *, anew: bool = False) -> None:
    """Make the scenarios that follow from the configuration, if there are none; anew:
    in the place of those that were made so."""
    locked = Agent.objects.select_for_update().get(pk=agent.pk)
    own = locked.scenarios.filter(origin=Scenario.Origin.SEED)
    if own.exists() and not anew:
        return
    own.delete()
    config = configs.parse(locked.config)
    Scenario.objects.bulk_create(
        Scenario(
            workspace_id=locked.workspace_id,
            agent=locked,
            name=each.name[:160],
            origin=Scenario.Origin.SEED,
            caller=each.caller,
            expects=each.expects,
            mocks=each.mocks,
        )
        for each in seeds.from_config(config, locked.name)
    )


def from_call(call: Call) -> Scenario:
    """Make a test of a real call, once: its caller calls again."""
    spoken = talk.read(call)
    if not spoken.caller:
        raise NoScenarios("The caller said nothing in this call.")
    book = seeds.book_of(configs.parse(call.config), call.agent.name)
    analysis = Analysis.objects.filter(pk=call.pk).first()
    name = f"The call of {call.created_at:%-d %b %Y, %H:%M}"
    made = seeds.from_talk(spoken, book, name, analysis)
    scenario, _ = Scenario.objects.get_or_create(
        agent=call.agent,
        call=call,
        defaults={
            "workspace_id": call.workspace_id,
            "name": made.name,
            "origin": Scenario.Origin.CALL,
            "caller": made.caller,
            "expects": made.expects,
            "mocks": made.mocks,
        },
    )
    return scenario
