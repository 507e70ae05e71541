import pytest

from agents import provider_keys


@pytest.fixture
def platform(settings):
    """Keys of the operator's."""

    def give(*providers):
        settings.PROVIDER_API_KEYS = dict.fromkeys(providers, "sk-platform")

    return give


@pytest.fixture
def own(workspace, owner):
    def give(provider, **credentials):
        return provider_keys.connect(
            workspace=workspace,
            provider=provider,
            credentials=credentials or {"api_key": "sk-own-abcdefgh"},
            by=owner,
        )

    return give
