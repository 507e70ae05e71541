from agents import demo


def test_the_demo_agent_is_published_and_made_once(workspace, owner):
    first = demo.publish_agent(workspace, by=owner)

    second = demo.publish_agent(workspace, by=owner)

    assert first == second
    assert first.is_published()
    assert "Brightwater Dental" in first.published.compiled_prompt
    assert workspace.agents.count() == 1
