"""``manage.py bench_seed``: the agent that density is measured with."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts import workspaces
from accounts.models import User
from agents import authoring, config, publishing
from billing import wallet
from telephony.bench import NAME

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
        self.stdout.write("The bench agent is ready.")
