"""`condyle doctor` tries the language model that is set."""

from support.language_models import MODEL, Behaviour, Reply, reads_words, serving
from support.servers import free_port

from app.checks import Check
from app.doctor import examine
from app.settings import Settings


def found(settings: Settings) -> Check:
    """Return what the doctor says of the language model."""
    return next(each for each in examine(settings) if "language model" in each.words)


def of_server(settings: Settings, behaviour: Behaviour) -> Check:
    with serving(behaviour) as server:
        settings.llm_url, settings.llm_model = server.url, MODEL
        finding = found(settings)
    assert server.reports() == []
    return finding


def test_where_none_is_set_it_says_that_nothing_is_sent(settings: Settings) -> None:
    assert found(settings) == Check(True, "No language model is set: no report is sent anywhere.")


def test_one_that_answers_is_named_with_its_place(settings: Settings) -> None:
    finding = of_server(settings, reads_words({}))
    assert finding.good
    assert MODEL in finding.words
    assert "127.0.0.1" in finding.words


def test_one_that_cannot_be_used_is_named_with_what_to_do(settings: Settings) -> None:
    settings.llm_key = "s3cret"
    refused = of_server(settings, lambda _: Reply(401))
    assert not refused.good
    assert "CONDYLE_LLM_KEY" in refused.words
    assert "s3cret" not in refused.words

    settings.llm_url = f"http://127.0.0.1:{free_port()}"
    assert "cannot be reached" in found(settings).words
    settings.llm_url = "https://192.0.2.1/"
    assert "no report was sent" in found(settings).words
    settings.llm_url = "127.0.0.1"
    assert "http://" in found(settings).words
    settings.llm_url = ""
    assert "CONDYLE_LLM_URL" in found(settings).words
