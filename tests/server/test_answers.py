"""Ready answers: believed while nothing changed and not for long, in bounded memory."""

import pytest

from accounts import generations
from registry_api.fastpath import answers
from registry_api.fastpath.answers import Answer, Shelf
from registry_api.services.changes import repository_counter

PATH = b"/v2/library/alpine/manifests/latest"
COUNTER = repository_counter("library/alpine")


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch, settings):
    settings.GENERATIONS_FILE = tmp_path / "generations"
    settings.FAST_PATH = True
    settings.FAST_PATH_MAX_AGE = 60.0
    monkeypatch.setattr(generations, "_opened", None)
    answers.forget_all()
    yield
    answers.forget_all()


def remember(path=PATH, repository="library/alpine", **more):
    generation = generations.read(repository_counter(repository))
    headers = [("Content-Type", "text/plain"), ("Content-Length", "4")]
    answers.remember(path, repository=repository, generation=generation, headers=headers, body=b"body", **more)


def test_it_is_found_by_its_exact_path():
    remember(counted=(1, 2, "latest"))
    found = answers.look_up(PATH)
    assert found.headers == b"Content-Type: text/plain\r\nContent-Length: 4\r\n"
    assert found.body == b"body"
    assert found.counted == (1, 2, "latest")
    assert answers.look_up(PATH + b"?n=1") is None
    assert answers.look_up(b"/v2/library//alpine/manifests/latest") is None


def test_a_change_of_the_repository_ends_it():
    remember()
    generations.bump(COUNTER)
    assert answers.look_up(PATH) is None
    assert len(answers.shelf) == 0


def test_a_change_between_the_query_and_the_remembering_keeps_it_from_being_believed():
    generation = generations.read(COUNTER)
    generations.bump(COUNTER)
    answers.remember(PATH, repository="library/alpine", generation=generation, headers=[], body=b"old")
    assert answers.look_up(PATH) is None


def test_an_answer_for_everybody_outlives_changes():
    remember(path=b"/v2/", repository="")
    generations.bump(repository_counter(""))
    assert answers.look_up(b"/v2/") is not None


def test_it_is_not_believed_for_longer_than_the_setting(settings):
    remember()
    settings.FAST_PATH_MAX_AGE = -1.0
    assert answers.look_up(PATH) is None


def test_the_switch_keeps_nothing(settings):
    settings.FAST_PATH = False
    remember()
    assert len(answers.shelf) == 0


def test_a_later_answer_replaces_the_earlier():
    remember()
    answers.remember(PATH, repository="", generation=0, headers=[], body=b"newer")
    assert answers.look_up(PATH).body == b"newer"
    assert len(answers.shelf) == 1


def answer(size=0):
    return Answer("", 0, 0, 0.0, b"", bytes(size), None, None)


def test_memory_is_bounded_by_bytes():
    shelf = Shelf(most_bytes=100_000)
    for number in range(1000):
        shelf.put(b"%d" % number, answer(1000))
    assert len(shelf) * 1000 <= 100_000


def test_memory_is_bounded_by_number():
    shelf = Shelf(most_answers=100)
    for number in range(1000):
        shelf.put(b"%d" % number, answer())
    assert len(shelf) <= 100


def test_replacing_the_same_answer_does_not_push_others_out():
    shelf = Shelf(most_bytes=100_000)
    shelf.put(b"kept", answer(1000))
    for _ in range(1000):
        shelf.put(b"replaced", answer(1000))
    assert shelf.get(b"kept") is not None


def test_what_is_asked_for_outlives_what_is_not():
    shelf = Shelf(most_answers=20)
    shelf.put(b"wanted", answer())
    for number in range(200):
        shelf.put(b"%d" % number, answer())
        assert shelf.get(b"wanted") is not None
    assert shelf.get(b"0") is None


def test_an_enormous_body_is_not_kept():
    answers.remember(b"/large", repository="", generation=0, headers=[], body=bytes(answers.LARGEST_BODY + 1))
    assert answers.look_up(b"/large") is None
