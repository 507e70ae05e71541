"""What the Studio is made of: one table for the sidebar, the palette and the keys."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from accounts.access import Right, StudioRequest


@dataclass(frozen=True, slots=True)
class Page:
    """A page that can be gone to from anywhere."""

    name: str  # URL name
    label: str
    icon: str  # symbol in static/img/icons.svg
    key: str  # G, then this letter
    right: Right = "see"


MAIN = (
    Page("home", "Home", "home", "h"),
    Page("agents:agent-list", "Agents", "agents", "a"),
    Page("telephony:call-list", "Calls", "calls", "c"),
    Page("telephony:fanout-list", "Queue & Fanout", "campaigns", "q"),
    Page("intelligence:analytics", "Analytics", "chart", "y"),
    Page("telephony:number-list", "Numbers", "numbers", "n"),
)
# Pages below others that stand beside them in the sidebar.
DEEPER = {"/calls/": "/calls/queue/"}
SETTINGS = (
    Page("billing:overview", "Billing & usage", "billing", "b", "pay"),
    Page("webhooks:endpoint-list", "Webhooks", "webhooks", "w", "administer"),
    Page("agents:provider-list", "BYO Providers", "plug", "p", "administer"),
    Page("agents:connector-list", "Connectors", "bolt", "o", "administer"),
    Page("accounts:key-list", "API keys", "key", "k", "administer"),
    Page("accounts:member-list", "Members", "users", "m", "administer"),
    Page("intelligence:retention", "Retention", "retention", "r", "administer"),
    Page("accounts:appearance", "Appearance", "sun", "t"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A page as the reader sees it."""

    page: Page
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Navigation:
    """The sidebar's two groups, and where the reader is."""

    main: list[Link]
    settings: list[Link]
    here: Link | None


def _links(request: StudioRequest, pages: tuple[Page, ...]) -> list[Link]:
    links = []
    for page in pages:
        if not request.may(page.right):
            continue
        try:
            url = reverse(page.name)
        except NoReverseMatch:  # not built: not shown
            continue
        links.append(Link(page, url, _is_at(request.path, url)))
    return links


def _is_at(path: str, url: str) -> bool:
    """Tell whether a page is open, or one below it that the sidebar does not list."""
    if path == url:
        return True
    return (
        url != "/"
        and path.startswith(url)
        and not path.startswith(DEEPER.get(url, "//"))
    )


def of(request: StudioRequest) -> Navigation:
    """Return the pages this reader may open."""
    main, settings = _links(request, MAIN), _links(request, SETTINGS)
    return Navigation(
        main, settings, next((link for link in main + settings if link.is_here), None)
    )
