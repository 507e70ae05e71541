import pytest

from agents import authoring, config

DENTIST = {
    "persona": {
        "name": "Ava",
        "role": "receptionist",
        "companyName": "Brightwater Dental",
        "companyDescription": "A dental practice in Bristol.",
        "knowledgeBase": ["We are open from 8 to 6.", "A check-up costs 62 pounds."],
        "successCriteria": ["the caller has a booked slot"],
        "callerPersonas": [
            {
                "type": "Person in pain",
                "approach": "Offer the next emergency slot.",
                "triggerPhrases": ["it really hurts", "swollen"],
            }
        ],
    },
    "playbook": {
        "opener": "Hello, {business_name}, this is {agent_name}.",
        "qualificationFlow": [
            {"question": "What brings you in?", "slotName": "reason"},
            {"question": "New or known?", "slotName": "patient_type"},
        ],
        "objectionHandlers": [
            {"trigger": "That is too expensive", "response": "There is a plan."}
        ],
        "fallbackCTA": "Offer a call back.",
    },
    "variables": [
        {
            "key": "first_name",
            "description": "what to call the caller",
            "default": "you",
        }
    ],
}


@pytest.fixture
def agent(workspace, owner):
    return authoring.create(
        workspace=workspace,
        name="Front desk",
        config=config.parse(DENTIST),
        by=owner,
    )
