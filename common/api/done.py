"""Short answers that many endpoints share, for the API's description."""

from typing import Any

from rest_framework import serializers


class OkOutput(serializers.Serializer[Any]):
    """It is done; if not, the answer is an error."""

    ok = serializers.BooleanField()


class SuccessOutput(serializers.Serializer[Any]):
    """The same in the words that clients of keys look for."""

    success = serializers.BooleanField()


class DeletedOutput(serializers.Serializer[Any]):
    """What is gone for good."""

    status = serializers.ChoiceField(choices=["deleted"])
    id = serializers.UUIDField()
