"""The evaluation report as a page: figures in words, and the file that stands alone."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from app import texts
from app.acceptance import whole_set
from app.evaluation import charts
from app.evaluation.report import EvaluationReport
from app.languages.templates import install
from app.runs.kinds import title_of
from app.statistics.roc import Share
from app.texts import _

ROOT = Path(__file__).parents[2]
_templates = Environment(
    loader=FileSystemLoader(ROOT / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
install(_templates)


def render_html(report: EvaluationReport) -> str:
    """Return the report as one HTML file that needs nothing else: its style inside, no script.

    Args:
        report: of an evaluation.
    """
    style = "\n".join((ROOT / "static" / name).read_text("utf-8") for name in _STYLES)
    template = _templates.get_template("evaluation/alone.html")
    return template.render(style=style, language=texts.current(), **context(report))


def context(report: EvaluationReport) -> dict[str, Any]:
    """Return what the report's template draws with: the report, its charts and its wording.

    Args:
        report: of an evaluation.
    """
    return {
        "report": report,
        "verdict": verdict(report),
        "charts": charts,
        "figure": figure,
        "interval": interval,
        "p_value": p_value,
        "signed": signed,
        "percent_interval": percent_interval,
        "duration": duration,
        "title_of": title_of,
        "whole_set": _of_all_labels(report),
    }


def verdict(report: EvaluationReport) -> str:
    """Say in a sentence whether the final classifier is shown to be better."""
    difference = report.wauc_difference
    if difference.ci is None:
        return _("The two classifiers could not be compared.")
    low, high = difference.ci
    if low > 0:
        return _("The final classifier is better than the baseline.")
    if high < 0:
        return _("The final classifier is worse than the baseline.")
    return _("No difference is shown between the classifiers.")


def _of_all_labels(report: EvaluationReport) -> str:
    """Say what held of all labels together; nothing in reports from before there was a promise."""
    standing = report.pseudo_labels.whole_set
    return whole_set.in_words(standing) if standing else ""


def figure(value: float | None) -> str:
    """Return a figure between 0 and 1 with three decimals, a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"


def interval(ci: tuple[float, float] | None) -> str:
    """Return a 95 % interval of figures."""
    return "" if ci is None else _("{low} to {high}", low=_plain(ci[0]), high=_plain(ci[1]))


def signed(value: float | None) -> str:
    """Return a difference with its sign."""
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")


def p_value(p: float | None) -> str:
    """Return a p-value as journals print it."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def percent_interval(share: Share) -> str:
    """Return a proportion with its interval in per cent, a dash where there is none."""
    if share.value is None or share.ci is None:
        return "–"
    low, high = (100 * limit for limit in share.ci)
    within = _("{low} to {high}", low=f"{low:.1f}", high=f"{high:.1f}")
    return f"{100 * share.value:.1f} % ({within})"


def duration(seconds: float) -> str:
    """Return seconds as hours, minutes or seconds."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _plain(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


_STYLES = ("style.css", "evaluation.css")
