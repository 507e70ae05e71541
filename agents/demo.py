"""The agent that a first start finds: published, and ready to be talked to."""

from accounts.models import User, Workspace
from agents import authoring, gallery, publishing
from agents.models import Agent

TEMPLATE = "dental-receptionist"
NAME = "Brightwater reception"
ANSWERS = {
    "company_name": "Brightwater Dental",
    "opening_hours": "Monday to Friday from 8 AM to 6 PM, and Saturday from 9 AM to 1 PM",
    "address": "14 Harbour Street, two minutes from the old market, with free parking"
    " behind the building",
    "services": ["Check-ups and cleaning", "Fillings", "Whitening", "Emergencies"],
    "new_patients": "Yes",
}


def publish_agent(workspace: Workspace, *, by: User) -> Agent:
    """Make and publish the demo agent; where it is already, return it."""
    agent = workspace.agents.filter(template=TEMPLATE, deleted_at=None).first()
    if agent is None:
        agent = authoring.create(
            workspace=workspace,
            name=NAME,
            config=gallery.find(TEMPLATE).configure(ANSWERS),
            by=by,
            template=TEMPLATE,
        )
    if not agent.is_published():
        publishing.publish(agent, by=by)
        agent.refresh_from_db()
    return agent
