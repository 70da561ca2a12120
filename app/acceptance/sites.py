"""Within which sites the accepted labels of a class make lots of their own."""

from collections.abc import Mapping

from app.statistics.acceptance import plan_for_lot

MOST_ALONE = 4
"""Sites of one class with a lot of their own: each costs an audit sample."""
TIMES_SAMPLE = 10
"""A site's labels are this many times their audit sample at least, or they join the others."""


def lots_within(sizes: Mapping[str, int], tolerated_error: float) -> list[list[str]]:
    """Divide the sites of a class's accepted labels into lots.

    The largest sites have a lot each, four at most, where an audit reads no more than a tenth of
    it. The others share one. So an audit looks at every large site, and a class takes four more
    audit samples at most than as one lot.

    Args:
        sizes: accepted labels by site, empty text where it is unknown.
        tolerated_error: of a lot, above 0 and below 1.

    Returns:
        The sites of each lot, in order; every site is in one of them.
    """
    largest = sorted(sizes, key=lambda site: (-sizes[site], site))
    alone = [site for site in largest if _is_large(sizes[site], tolerated_error)][:MOST_ALONE]
    others = sorted(set(sizes) - set(alone))
    return [[site] for site in alone] + ([others] if others else [])


def _is_large(size: int, tolerated_error: float) -> bool:
    return TIMES_SAMPLE * plan_for_lot(tolerated_error, size)[0] <= size
