"""The evaluation report as a page: figures in words, and the file that stands alone."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from app import texts
from app.acceptance import whole_set
from app.evaluation import charts
from app.evaluation.report import EvaluationReport
from app.formats import FILTERS
from app.languages.templates import install
from app.runs.kinds import title_of
from app.texts import _

ROOT = Path(__file__).parents[2]
_templates = Environment(
    loader=FileSystemLoader(ROOT / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
install(_templates)
_templates.filters |= FILTERS


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


_STYLES = ("style.css", "evaluation.css")
