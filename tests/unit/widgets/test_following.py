"""The thread behind a panel: when it looks, what it bears, and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from aml_nb.errors import AmlError, StoreError
from aml_nb.widgets import following
from aml_nb.widgets.following import Follower


class Thing:
    """Something that is followed; ``looks`` are the times at which it was looked at."""

    name = "thing"

    def __init__(self, answers: list[Any] | None = None) -> None:
        self.answers, self.looks = answers or [], [time.monotonic()]
        self.over = False

    def refresh(self) -> set[str]:
        self.looks.append(time.monotonic())
        found = self.answers.pop(0) if self.answers else set()
        if isinstance(found, Exception):
            raise found
        return set(found)


class View:
    """A view that keeps what it is shown."""

    closed = unseen = False

    def __init__(self) -> None:
        self.seen: list[set[str]] = []
        self.ended: list[AmlError | None] = []

    def update(self, changed: set[str]) -> None:
        self.seen.append(changed)

    def finish(self, error: AmlError | None) -> None:
        self.ended.append(error)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LEAST_PAUSE", 0.01)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0.02)


def until(what: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def followed(thing: Thing, view: View, **more: Any) -> Follower:
    follower = Follower(thing, view, **more)
    follower.start()
    return follower


def ended(follower: Follower) -> bool:
    follower.join(60)
    return not follower.is_alive()


@pytest.mark.usefixtures("quick")
def test_it_shows_what_changes_and_ends_when_it_is_over() -> None:
    thing, view = Thing([{"head"}, OSError("a file went"), {"logs"}]), View()
    follower = followed(thing, view)
    until(lambda: len(view.seen) >= 3)
    assert view.seen[:3] == [{"head"}, {"logs"}, set()]
    thing.over = True
    assert ended(follower) and view.ended == [None]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("raised", "told"), [(StoreError("The workspace was deleted."), "was deleted"), (KeyError("x"), "KeyError: 'x'")]
)
def test_what_cannot_be_looked_at_any_more_is_said(raised: Exception, told: str) -> None:
    view = View()
    assert ended(followed(Thing([raised]), view))
    (error,) = view.ended
    assert error is not None and told in str(error)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", ["closed", "unseen", "stop"])
def test_it_ends_when_nobody_looks(how: str) -> None:
    view = View()
    follower = followed(Thing(), view)
    until(lambda: view.seen)
    follower.stop() if how == "stop" else setattr(view, how, True)
    assert ended(follower) and view.ended == []


@pytest.mark.usefixtures("quick")
def test_it_goes_on_where_somebody_has_come_back_meanwhile() -> None:
    view, asked = View(), [False, False, True]
    view.unseen = True
    assert ended(followed(Thing(), view, leave=lambda: asked.pop(0)))
    assert len(view.seen) == 2


def test_it_looks_no_more_than_once_a_second_whoever_hurries_it() -> None:
    thing, view = Thing([{"logs"}] * 100), View()
    follower = followed(thing, view)
    end = time.monotonic() + 2.3
    while time.monotonic() < end:
        follower.hurry()
        time.sleep(0.05)
    follower.stop()
    assert ended(follower)
    assert 0 < len(thing.looks) - 1 <= thing.looks[-1] - thing.looks[0] + 0.05


def test_all_threads_end_with_the_interpreter() -> None:
    followers = [followed(Thing(), View()) for _ in range(3)]
    following.stop_all()
    assert all(ended(follower) for follower in followers)


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_shown_is_said() -> None:
    view = View()
    view.update = lambda changed: 1 // 0  # type: ignore[assignment,misc,return-value]
    assert ended(followed(Thing(), view))
    (error,) = view.ended
    assert error is not None and "ZeroDivisionError" in str(error)
