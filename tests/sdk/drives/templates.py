"""How the client's methods for templates are driven."""


def templates_list(w):
    [template, *_] = w.rymi.templates.list()["templates"]
    assert {"id", "label", "icon", "description", "color", "defaults"} <= set(template)
    made = w.rymi.agents.create(template["label"], **template["defaults"])
    assert made["status"] == "created"
