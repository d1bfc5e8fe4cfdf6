"""How long work takes is learned from how long it took."""

import pytest

from imaging import providers
from imaging.models import Image, Order, State, Task, Team, User
from imaging.models.forecasts import Forecast
from imaging.providers.accounts import Account

from .labwork import a_picture


def upscaling(**options: object) -> Order:
    local = providers.get("local")
    return Order.by(local, local.operation("upscale"), Account(), options)


def done(image: Image, order: Order, seconds: float, user: User) -> None:
    """Record a finished task that took so long."""
    batch = Task.objects.start([image], order, team=image.team, user=user)
    batch.tasks.update(state=State.COMPLETED, engine_seconds=seconds)


@pytest.fixture
def image(studio: Team) -> Image:
    return a_picture(studio)


def test_nothing_measured_is_taken_as_estimated(studio: Team) -> None:
    assert Task.objects.tempo(studio, upscaling()) == 1


def test_a_machine_that_takes_twice_as_long_is_expected_to(
    studio: Team, bob: User, image: Image
) -> None:
    order = upscaling()
    expected = order.estimate(image).seconds
    for factor in (2.1, 2, 40):
        done(image, order, expected * factor, bob)
    assert Task.objects.tempo(studio, order) == pytest.approx(2.1)


def test_the_forecast_goes_by_what_was_learned(
    studio: Team, bob: User, image: Image
) -> None:
    order = upscaling()
    before = Forecast.of(order, [image]).seconds
    done(image, order, before * 3, bob)
    assert Forecast.of(order, [image]).seconds == pytest.approx(3 * before)


def test_only_work_of_the_same_kind_teaches(
    studio: Team, bob: User, image: Image
) -> None:
    for options in ({"patience": "best"}, {"category": "cg"}, {"engine": "classical"}):
        order = upscaling(**options)
        done(image, order, order.estimate(image).seconds * 5, bob)
    assert Task.objects.tempo(studio, upscaling()) == 1
    assert Task.objects.tempo(studio, upscaling(scale=4, patience="best")) == 5


def test_what_failed_or_belongs_to_others_teaches_nothing(
    studio: Team, alice: User, bob: User, image: Image
) -> None:
    order = upscaling()
    done(image, order, 1_000, bob)
    assert Task.objects.tempo(Team.objects.create(name="Others"), order) == 1
    Task.objects.update(state=State.ERROR)
    assert Task.objects.tempo(studio, order) == 1


def test_the_last_tasks_are_asked_at_once(
    studio: Team,
    bob: User,
    image: Image,
    django_assert_max_num_queries: pytest.FixtureRequest,
) -> None:
    order = upscaling()
    for _ in range(3):
        done(image, order, 1, bob)
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        Task.objects.tempo(studio, order)
