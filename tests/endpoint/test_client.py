"""A language model is asked by a fixed form, and whatever it does instead of answering is named."""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from support.language_models import MODEL, Behaviour, Reply, Server, completion, serving
from support.servers import free_port

from app.endpoint import client
from app.endpoint.address import parse
from app.endpoint.client import MOST_BYTES, Endpoint, open_endpoint
from app.endpoint.errors import NoAnswer, Slow, Unreachable
from app.endpoint.trial import try_out
from app.errors import CondyleError, Refused
from app.outgoing.connection import post, seconds_of
from app.settings import Settings

MESSAGES = [{"role": "user", "content": "Hello"}]
SCHEMA = {"type": "object"}


def always(reply: Reply | None) -> Behaviour:
    return lambda _: reply


def in_turn(*replies: Reply) -> Behaviour:
    left = iter(replies)
    return lambda _: next(left)


def asked_of(
    behaviour: Behaviour, seconds: float = 30
) -> tuple[str | CondyleError | NoAnswer, int]:
    """Ask once; return the answer or why there is none, and how many requests were made."""
    with serving(behaviour) as server:
        try:
            answer: Any = server.endpoint(seconds).chat(MESSAGES, "greeting", SCHEMA)
        except (CondyleError, NoAnswer) as reason:
            answer = reason
        return answer, len(server.requests)


def test_a_question_is_asked_in_the_form_that_gives_one_answer_each_time() -> None:
    with serving(always(completion("{}"))) as server:
        assert server.endpoint(key="s3cret").chat(MESSAGES, "greeting", SCHEMA) == "{}"
    ((path, headers, asked),) = server.requests
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer s3cret"
    assert (asked["model"], asked["temperature"], asked["stream"]) == (MODEL, 0, False)
    assert isinstance(asked["seed"], int)
    assert asked["messages"] == MESSAGES
    assert asked["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "greeting", "strict": True, "schema": SCHEMA},
    }


def test_no_key_is_sent_where_none_is_set() -> None:
    with serving(always(completion("{}"))) as server:
        server.endpoint().chat(MESSAGES, "greeting", SCHEMA)
    assert "Authorization" not in server.requests[0][1]


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refuses the key"), (403, "refuses the key"), (404, MODEL), (405, "no language model")],
)
def test_what_will_not_change_by_itself_is_asked_once_and_named(status: int, words: str) -> None:
    failure, requests = asked_of(always(Reply(status)))
    assert isinstance(failure, Unreachable)
    assert words in failure.what
    assert failure.lasting
    assert failure.do.startswith(("Set CONDYLE_", "Check CONDYLE_"))
    assert requests == 1


def test_a_redirect_is_not_followed() -> None:
    with serving(always(completion("{}"))) as elsewhere:
        moved = Reply(307, headers={"Location": f"{elsewhere.url}/chat/completions"})
        failure, _ = asked_of(always(moved))
    assert isinstance(failure, Unreachable)
    assert "redirects are not followed" in failure.do
    assert elsewhere.requests == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(always(completion("{}"))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert asked_of(always(completion("{}"))) == ("{}", 1)
    assert proxy.requests == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_an_endpoint_that_is_busy_or_broken_is_asked_again_and_then_given_up(status: int) -> None:
    assert asked_of(in_turn(Reply(status), Reply(status), completion("{}"))) == ("{}", 3)
    failure, requests = asked_of(always(Reply(status)))
    assert isinstance(failure, Unreachable)
    assert f"status {status}" in failure.what
    assert not failure.lasting
    assert requests == client.TRIES


@pytest.mark.parametrize("header", ["0", formatdate(0, usegmt=True), "soon"])
def test_an_endpoint_that_asks_to_wait_is_waited_for(header: str) -> None:
    wait = Reply(429, headers={"Retry-After": header})
    assert asked_of(in_turn(wait, completion("{}"))) == ("{}", 2)


def test_an_endpoint_that_asks_to_wait_for_longer_than_an_answer_may_take_is_given_up() -> None:
    failure, requests = asked_of(always(Reply(429, headers={"Retry-After": "3600"})))
    assert isinstance(failure, Unreachable)
    assert requests == 1


def test_how_long_to_wait_is_read_from_seconds_and_dates() -> None:
    assert seconds_of("120") == 120
    assert seconds_of("") == seconds_of("-5") == seconds_of("١٢ x") == 0
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert seconds_of("Wed, 21 Oct 2099 07:28:00 GMT") > 1e9


def test_an_answer_that_does_not_come_ends_with_the_time_for_it_and_is_not_asked_again() -> None:
    failure, requests = asked_of(always(None), seconds=0.2)
    assert isinstance(failure, Slow)
    assert "within 0.2 s" in failure.what
    assert requests == 1


def test_an_answer_that_drips_in_ends_with_the_time_for_all_of_it(dripping: Endpoint) -> None:
    with pytest.raises(Slow):
        dripping.chat(MESSAGES, "greeting", SCHEMA)


@pytest.fixture(params=["head", "body"])
def dripping(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """A server whose answer comes a byte at a time and has no end."""
    with serving(always(None)) as server:

        def drip(handler: Any) -> None:
            if request.param == "body":
                handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while not server.over.wait(0.02):
                    handler.wfile.write(b"x")
            except OSError:
                return

        server.http.RequestHandlerClass.do_POST = drip  # type: ignore[attr-defined]
        yield server.endpoint(seconds=0.3)


def test_nobody_listening_is_said_so() -> None:
    endpoint = Endpoint(parse(f"http://127.0.0.1:{free_port()}", public=False), MODEL, "", 5)
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        endpoint.chat(MESSAGES, "greeting", SCHEMA)


def test_a_server_that_speaks_no_http_is_said_so() -> None:
    with serving(always(None)) as server:
        server.http.RequestHandlerClass.do_POST = lambda handler: handler.wfile.write(b"hi\n\n")
        with pytest.raises(Unreachable, match="BadStatusLine"):
            server.endpoint().chat(MESSAGES, "greeting", SCHEMA)


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply(400), "refused"),
        (Reply(413), "refused"),
        (Reply(body=b""), "no_completion"),
        (Reply(body=b"<html>Welcome</html>"), "no_completion"),
        (Reply(body=b"\xff\xfe\x00"), "no_completion"),
        (Reply(body=b"[" * 1000), "no_completion"),
        (Reply(body=b'{"error": "out of memory"}'), "no_completion"),
        (Reply(body=b'{"choices": [{"text": "hello"}]}'), "no_completion"),
        (Reply(body=b'{"choices": []}'), "empty"),
        (completion(None), "empty"),
        (completion(""), "empty"),
        (completion('{"knees": [', "length"), "cut_off"),
        (Reply(body=b" " * (MOST_BYTES + 1)), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_is_none_is_named_and_not_asked_for_again(reply: Reply, fault: str) -> None:
    reason, requests = asked_of(always(reply))
    assert isinstance(reason, NoAnswer)
    assert reason.fault == fault
    assert requests == 1


def test_a_connection_goes_to_the_address_that_was_checked_whatever_its_name() -> None:
    with serving(always(Reply(body=b"here"))) as server:
        address = replace(server.endpoint().address, host="no-such-host.invalid")
        assert post(address, ["127.0.0.1"], b"{}", {}, 10, 100).body == b"here"
    assert server.requests[0][1]["Host"].startswith("no-such-host.invalid:")


def test_a_second_address_of_a_name_is_tried_where_the_first_does_not_answer() -> None:
    with serving(always(Reply(body=b"here"))) as server:
        assert post(server.endpoint().address, ["127.0.0.9", "127.0.0.1"], b"{}", {}, 10, 100).body


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server whose certificate for `localhost` signed itself, and that certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-nodes", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*make, *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(always(completion("{}"))) as server:
        server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
        yield server, certificate


def test_a_certificate_is_checked_for_the_name_and_by_who_signed_it(
    encrypted: tuple[Server, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, certificate = encrypted
    port = server.http.server_port

    def ask(host: str) -> str:
        address = parse(f"https://{host}:{port}/v1", public=False)
        return Endpoint(address, MODEL, "", 10).chat(MESSAGES, "greeting", SCHEMA)

    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        ask("localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert ask("localhost") == "{}"
    with pytest.raises(Unreachable, match="SSLCertVerificationError"):
        ask("127.0.0.1")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "No language model is set"),
        ({"llm_url": "http://localhost"}, "No language model is set"),
        ({"llm_model": MODEL}, "No language model is set"),
        ({"llm_url": "localhost", "llm_model": MODEL}, "cannot be used"),
        ({"llm_url": "http://localhost", "llm_model": MODEL, "llm_key": "ü"}, "no HTTP header"),
        ({"llm_url": "http://localhost", "llm_model": MODEL, "llm_key": "a\nb"}, "no HTTP header"),
    ],
)
def test_settings_that_name_no_language_model_are_refused(
    settings: Settings, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        open_endpoint(settings.model_copy(update=changes))


def test_a_key_is_not_shown_with_the_settings(settings: Settings) -> None:
    assert "s3cret" not in repr(settings.model_copy(update={"llm_key": "s3cret"}))


@pytest.mark.parametrize("said", ["Yes, I am ready!", "{}", '{"ready": "yes"}', "[true]", ""])
def test_a_model_that_does_not_follow_a_schema_is_refused_in_the_trial(said: str) -> None:
    with (
        serving(always(completion(said))) as server,
        pytest.raises(Refused, match="does not answer by a JSON schema"),
    ):
        try_out(server.endpoint())


def test_a_model_that_answers_passes_the_trial_which_holds_nothing_of_the_archive() -> None:
    with serving(always(completion('{"ready": true}'))) as server:
        try_out(server.endpoint())
    assert len(server.requests) == 1
    assert server.reports() == []
