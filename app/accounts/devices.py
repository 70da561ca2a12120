"""What a browser or a program calls itself, in two words: enough to know one's own again."""

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: each browser also calls itself by the names of those below."""
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def named(agent: str) -> str:
    """Return browser and system, `Firefox, Windows`; the name of a program, or an empty string.

    Args:
        agent: the header `User-Agent` (RFC 9110, 10.1.5).
    """
    found = [_first(agent, names) for names in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or agent.partition("/")[0].strip()[:40]


def _first(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in names if sign in agent), "")
