"""``manage.py bench_seed``: the agent that density is measured with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts import workspaces
from accounts.models import User
from agents import authoring, config, publishing
from agents.models import Agent
from billing import wallet
from telephony.bench import NAME
from telephony.models import CarrierConnection, Number

EMAIL = "bench@example.com"
CREDITS = 10_000_000_000_000  # micro-credits: more than any run spends
AGENT = {
    "system_prompt": "You are a friendly phone agent.",
    "stt_provider": "deepgram",
    "stt_model": "nova-3",
    "llm_provider": "openai",
    "llm_model": "gpt-4o-mini",
    "tts_provider": "cartesia",
    "tts_model": "sonic-3",
    "persona": {"role": "phone agent", "companyName": "Bench"},
    "playbook": {"fallbackCTA": "I can call you back."},
    "advanced": {
        "startSpeakingPhrasing": "wait_for_user",
        "turnMode": "fast",
        "turnEndpointer": "timer",
        "silencePromptDelay": 120,
    },
}


class Command(BaseCommand):
    """Make the bench's workspace, credit and published agent, once."""

    help = "Make the agent that RYMI_BENCH=1 answers with; needs the vendors' keys."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a number that the agent answers, and the token that signs its calls."""
        parser.add_argument("--number", default="", help="E.164; called through Twilio")
        parser.add_argument("--auth-token", default="bench")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=EMAIL).first()
        if user is None:
            user = User.objects.create_user(EMAIL)
            workspace = workspaces.found(owner=user, name=NAME)
            wallet.top_up(workspace=workspace, amount_micros=CREDITS, key="bench")
            agent = authoring.create(
                workspace=workspace, name=NAME, config=config.parse(AGENT), by=user
            )
            publishing.publish(agent, by=user)
            if options["number"]:
                _answer(agent, options["number"], options["auth_token"])
        self.stdout.write("The bench agent is ready.")


def _answer(agent: Agent, number: str, auth_token: str) -> None:
    """Let the agent answer a number, as if Twilio had been connected."""
    CarrierConnection.objects.create(
        workspace=agent.workspace,
        provider="twilio",
        account_name=NAME,
        credentials={"account_sid": "ACbench", "auth_token": auth_token},
        masked=NAME,
    )
    Number.objects.create(
        workspace=agent.workspace,
        number=number,
        agent=agent,
        provider="twilio",
        binding=Number.Binding.CONFIGURED,
    )
