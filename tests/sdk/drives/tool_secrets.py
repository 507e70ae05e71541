"""How the client's methods for tools' secrets are driven."""


def tool_secrets_list(w):
    assert w.rymi.tool_secrets.list() == {"data": []}


def tool_secrets_set(w):
    told = w.rymi.tool_secrets.set("CRM_TOKEN", "s3cret", "api.example.com")
    assert told == {"data": {"name": "CRM_TOKEN"}}
    listed = w.rymi.tool_secrets.list()
    assert listed == {"data": [{"name": "CRM_TOKEN", "host": "api.example.com"}]}


def tool_secrets_delete(w):
    w.rymi.tool_secrets.set("CRM_TOKEN", "s3cret", "api.example.com")
    assert w.rymi.tool_secrets.delete("CRM_TOKEN") == {"data": {"name": "CRM_TOKEN"}}
