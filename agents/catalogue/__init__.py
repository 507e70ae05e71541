"""What can be rented: providers, models, voices, languages, with dated prices.

Facts live in ``data/*.csv``; ``load`` checks every row and names the file and line of
one that is wrong.
"""

from agents.catalogue.loading import Broken, load
from agents.catalogue.nouns import (
    Catalogue,
    Channel,
    Coverage,
    CredentialField,
    Language,
    Model,
    Price,
    Provider,
    Voice,
)

__all__ = [
    "Broken",
    "Catalogue",
    "Channel",
    "Coverage",
    "CredentialField",
    "Language",
    "Model",
    "Price",
    "Provider",
    "Voice",
    "load",
]
