"""String references ("telephony.Call") escape an import linter; the models do not."""

from django.apps import apps

STOREYS = ["accounts", "webhooks", "billing", "agents", "telephony", "intelligence"]
STOREY = {app: height for height, app in enumerate(STOREYS)}


def climbing_keys(models):
    for model in models:
        own = STOREY.get(model._meta.app_label, len(STOREYS))
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if not field.is_relation or field.related_model is None:
                continue
            if STOREY.get(field.related_model._meta.app_label, -1) > own:
                yield f"{field} -> {field.related_model._meta.label}"


def test_foreign_keys_go_downstairs_only():
    assert list(climbing_keys(apps.get_models())) == []


def test_a_climbing_key_would_be_seen():
    upstairs = apps.get_model("telephony.Call")
    field = upstairs._meta.get_field("workspace")

    class Below:
        class _meta:  # the shape the walk reads
            app_label = "billing"
            local_fields = [
                type("Key", (), {"is_relation": True, "related_model": upstairs})()
            ]
            local_many_to_many: list = []

    assert field.related_model._meta.app_label == "accounts"
    assert len(list(climbing_keys([Below]))) == 1
