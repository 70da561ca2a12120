"""Decoding in a process of its own: good films arrive, bad ones are refused and harm nothing."""

import os
import resource
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from files import bad_films
from PIL import Image

from app.imaging.decoding import Decoder, Undecodable
from app.settings import Settings

DICOMS = sorted((Path(__file__).parents[2] / "../shared/data/dicom").glob("*.dcm"))


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoder]:
    home = tmp_path_factory.mktemp("home")
    with Decoder(Settings(home=home, decode_megapixels=bad_films.MEGAPIXELS)) as decoder:
        yield decoder


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoder]:
    with Decoder(Settings(home=tmp_path_factory.mktemp("home"))) as decoder:
        yield decoder


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.dcm"
    path.write_bytes(bad_films.as_file(bad_films.good()))
    return path


@pytest.mark.parametrize("name", bad_films.BAD)
def test_a_bad_film_is_refused_with_its_reason_and_the_next_one_arrives(
    decoder: Decoder, tmp_path: Path, good: Path, name: str
) -> None:
    make, reason = bad_films.BAD[name]
    path = tmp_path / name
    path.write_bytes(make())

    with pytest.raises(Undecodable) as refused:
        decoder.decode(path)

    assert reason in refused.value.what
    assert refused.value.do
    assert decoder.decode(good).viewer.width == 48


def test_a_file_that_unpacks_to_more_than_a_file_may_have_is_refused(
    tmp_path: Path, good: Path
) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(bad_films.deflated(64, 48, behind=2**20))
    assert path.stat().st_size < 10_000
    with Decoder(Settings(home=tmp_path, decode_file_mb=1)) as decoder:
        with pytest.raises(Undecodable, match="1 MiB are the most"):
            decoder.decode(path)
        assert decoder.decode(good).viewer.width == 48


def test_a_film_that_needs_more_than_the_memory_limit_is_refused(
    tmp_path: Path, good: Path
) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(bad_films.deflated(8000, 8000))
    with Decoder(Settings(home=tmp_path, decode_memory_mb=700)) as decoder:
        with pytest.raises(Undecodable, match="more than 700 MiB"):
            decoder.decode(path)
        assert decoder.decode(good).viewer.width == 48


def test_a_film_that_takes_too_long_is_given_up_and_the_next_one_arrives(
    tmp_path: Path, good: Path
) -> None:
    with Decoder(Settings(home=tmp_path, decode_seconds=0.5)) as decoder:
        decoder.decode(good)
        assert decoder._process is not None
        os.kill(decoder._process.pid, signal.SIGSTOP)
        with pytest.raises(Undecodable, match=r"longer than 0\.5 s"):
            decoder.decode(good)
        assert decoder.decode(good).viewer.width == 48


def test_a_crash_is_the_file_s_reason_and_the_next_one_arrives(tmp_path: Path, good: Path) -> None:
    with Decoder(Settings(home=tmp_path)) as decoder:
        decoder.decode(good)
        assert decoder._process is not None
        process = decoder._process
        os.kill(process.pid, signal.SIGSTOP)
        crash = threading.Timer(0.3, lambda: _crash(process.pid))
        crash.start()
        with pytest.raises(Undecodable, match="crash"):
            decoder.decode(good)
        crash.join()
        assert decoder.decode(good).viewer.width == 48


def test_a_process_that_ended_between_two_films_is_started_again(
    tmp_path: Path, good: Path
) -> None:
    with Decoder(Settings(home=tmp_path)) as decoder:
        decoder.decode(good)
        assert decoder._process is not None
        decoder._process.kill()
        decoder._process.wait()
        assert decoder.decode(good).viewer.width == 48


def test_a_process_with_more_than_a_thousand_files_open_decodes_as_well(
    good: Path, tmp_path: Path
) -> None:
    """select() would refuse the next one's number."""
    most, may_raise = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, min(2048, may_raise)), may_raise))
    opened = [os.open(good, os.O_RDONLY) for _ in range(1100)]
    try:
        with Decoder(Settings(home=tmp_path)) as decoder:
            assert decoder.decode(good).viewer.width == 48
    finally:
        for each in opened:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, may_raise))


def test_nothing_is_left_of_the_decoding_process(tmp_path: Path, good: Path) -> None:
    with Decoder(Settings(home=tmp_path)) as decoder:
        decoder.decode(good)
        assert decoder._process is not None
        pid = decoder._process.pid
    assert not Path(f"/proc/{pid}").exists()
    assert not list(tmp_path.glob(".decoding-*"))


def test_what_a_killed_process_left_is_removed_and_what_is_in_use_is_not(
    tmp_path: Path, good: Path
) -> None:
    (tmp_path / ".decoding-abandoned").mkdir()
    with Decoder(Settings(home=tmp_path)) as first:
        made = first.decode(good)
        with Decoder(Settings(home=tmp_path)):
            assert made.stored.exists()
            assert len(list(tmp_path.glob(".decoding-*"))) == 2


def test_the_memory_limit_is_on_the_decoding_process_only(decoder: Decoder, good: Path) -> None:
    decoder.decode(good)
    assert decoder._process is not None
    theirs = resource.prlimit(decoder._process.pid, resource.RLIMIT_AS)
    assert theirs == (3072 * 2**20, 3072 * 2**20)
    assert resource.getrlimit(resource.RLIMIT_AS) != theirs


@pytest.mark.skipif(not DICOMS, reason="the real films are not on this machine")
@pytest.mark.parametrize("source", DICOMS, ids=lambda path: path.stem)
def test_a_real_film_cut_anywhere_is_said_to_be_truncated(
    usual: Decoder, tmp_path: Path, source: Path
) -> None:
    whole = source.read_bytes()
    for share in (0.00001, 0.001, 0.01, 0.3, 0.7, 0.99):
        path = tmp_path / "cut.dcm"
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(Undecodable, match=r"truncated|is empty"):
            usual.decode(path)


def test_a_truncated_photograph_is_refused(usual: Decoder, tmp_path: Path) -> None:
    for name in ("film.jpg", "film.png"):
        path = tmp_path / name
        Image.effect_noise((300, 200), 40).save(path)
        path.write_bytes(path.read_bytes()[:-2000])
        with pytest.raises(Undecodable, match="truncated"):
            usual.decode(path)


def test_a_refusal_never_quotes_the_patient(decoder: Decoder, tmp_path: Path) -> None:
    spoiled = bad_films.good(PatientName="Secret^Name", PatientID="SECRET-1", BitsStored=99)
    path = tmp_path / "Secret.dcm"
    path.write_bytes(bad_films.as_file(spoiled))
    with pytest.raises(Undecodable) as refused:
        decoder.decode(path)
    assert "secret" not in str(refused.value).lower()


def _crash(pid: int) -> None:
    for number in (signal.SIGSEGV, signal.SIGCONT):
        os.kill(pid, number)
