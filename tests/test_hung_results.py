"""Results of a batch that hang in its gallery, beside what they were made of."""

from unittest import mock

import pytest

from imaging import worker
from imaging.background import acts, storing
from imaging.models import Batch, Gallery, Image, Task, Team, User
from imaging.providers.base import Output, ResultKind
from tests.drawing import jpeg
from tests.lab import Lab
from tests.labwork import a_picture, begin, due_now
from tests.labwork import lab_fixture as lab_fixture
from tests.test_recipes import a_recipe, begun, brought

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def gallery(studio: Team, alice: User) -> Gallery:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    images = [a_picture(studio, f"{n}.jpg", n) for n in range(3)]
    gallery.add([one.pk for one in images], alice)
    return gallery


def hung(gallery: Gallery) -> list[Image]:
    return [item.image for item in gallery.items.in_order().select_related("image")]


def ordered(gallery: Gallery, image: Image) -> Task:
    task = begin(image)
    Batch.objects.filter(pk=task.batch_id).update(gallery=gallery)
    return task


def finish(task: Task) -> Image:
    worker.fetch(str(brought(task).pk))
    return Image.objects.get(task=task)


def test_a_result_hangs_right_behind_its_original(lab: Lab, gallery: Gallery) -> None:
    first, second, third = hung(gallery)
    # There is no room between the first two.
    near = gallery.items.get(image=first).position + 1
    gallery.items.filter(image=second).update(position=near)
    result = finish(ordered(gallery, first))
    assert hung(gallery) == [first, result, second, third]
    assert gallery.items.get(image=result).number == 4
    # Of a result, and of what hangs there no more.
    assert finish(ordered(gallery, third)) == hung(gallery)[-1]
    gallery.take_out([second.pk])
    assert finish(ordered(gallery, second)) == hung(gallery)[-1]


def test_several_results_hang_in_the_order_in_which_they_came(
    lab: Lab, gallery: Gallery
) -> None:
    first, *others = hung(gallery)
    task, store = brought(ordered(gallery, first)), storing.store

    def more(task: Task, outputs: list[Output]) -> None:
        path = outputs[0].path
        assert path
        second = path.with_name("second")
        second.write_bytes(jpeg(seed=9))
        store(task, [*outputs, Output(ResultKind.IMAGE, "second", second)])

    with mock.patch.object(acts, "store", more):
        worker.fetch(str(task.pk))
    made = Image.objects.get(pk=task.result_id), Image.objects.get(name="second")
    assert hung(gallery) == [first, *made, *others]


def test_of_a_recipe_hangs_what_its_last_step_has_made(
    lab: Lab, gallery: Gallery, alice: User
) -> None:
    first, second, third = hung(gallery)
    task = begun(a_recipe(gallery.team), first, alice)
    Batch.objects.filter(pk=task.batch_id).update(gallery=gallery)
    finish(task)
    assert hung(gallery) == [first, second, third]
    last = finish(task.batch.tasks.exclude(pk=task.pk).get())
    assert hung(gallery) == [first, last, second, third]


def test_cut_off_while_it_is_hung_it_hangs_once(lab: Lab, gallery: Gallery) -> None:
    task = brought(ordered(gallery, hung(gallery)[0]))
    broken = mock.patch.object(Gallery, "hang_beside", side_effect=SystemExit)
    with broken, pytest.raises(SystemExit):
        worker.fetch(str(task.pk))
    assert not Image.objects.filter(task=task).exists()
    assert len(hung(gallery)) == 3
    due_now(task)
    for _ in range(2):
        worker.fetch(str(task.pk))
    assert len(hung(gallery)) == 4


def test_where_the_gallery_was_deleted_the_result_is_stored_all_the_same(
    lab: Lab, gallery: Gallery
) -> None:
    task = brought(ordered(gallery, hung(gallery)[0]))
    drafted = storing.draft

    def draft(*given: object) -> object:
        gallery.erase()
        return drafted(*given)

    with mock.patch.object(storing, "draft", draft):
        worker.fetch(str(task.pk))
    assert Image.objects.filter(task=task).count() == 1
    assert not Gallery.objects.exists()
