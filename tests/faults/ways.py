"""Ways by which work passes the named points: each does it whole, come what may.

A way is a generator. It prepares and yields, is gone on with once a fault is planted,
begins and yields again, and is gone on with once the fault has happened: then it waits
until what it began has come to its end, and looks at what became of it.
"""

from collections.abc import Iterator

from tests.faults.program import Program
from tests.faults.site import LIMIT, Site
from tests.providers.playing import Playing, answer
from tests.services import eventually

Way = Iterator[None]


def develop(site: Site, promise: str = "key") -> Way:
    """Have the laboratory do something that is paid for."""
    yield
    (pk,) = site.develop(promise=promise)
    yield
    (task,) = site.ended([pk])
    assert (task["state"], site.paid(pk)) == ("completed", 1), task


def develop_asking(site: Site) -> Way:
    """Have the same done, where the laboratory can only be asked what it has."""
    return develop(site, promise="list")


def convert(site: Site) -> Way:
    """Have the engine make new bytes."""
    yield
    (pk,) = site.convert()
    yield
    (task,) = site.ended([pk])
    assert task["state"] == "completed", task


def upload(site: Site, parts: bool = False) -> Way:
    """Send a picture, again with the same key until it is acknowledged."""
    program = Program(site)
    yield
    sent = program.later(program.send_parts if parts else program.upload)
    yield
    program.has(sent.result())
    site.settled()


def send_parts(site: Site) -> Way:
    """Send a picture in parts to a signed address, and complete it."""
    return upload(site, parts=True)


def order(site: Site) -> Way:
    """Have a picture developed, again with the same key until that is acknowledged."""
    program = Program(site)
    image = program.upload()
    yield
    told = program.later(program.order, [image])
    yield
    batch = told.result()
    (task,) = site.ended([one["id"] for one in batch["tasks"]])
    assert (task["state"], site.paid(task["id"])) == ("completed", 1), task
    assert site.call("orders", image) == 1, batch


def remove(site: Site) -> Way:
    """Delete a picture for good, as a person does who sees a page of errors."""
    program = Program(site)
    image = program.upload()
    program.trash(image)
    yield
    told = program.later(program.empty_trash)
    yield
    told.result()
    assert program.ask("GET", f"/api/v1/images/{image}").status_code == 404

    def is_gone() -> bool:
        site.revive()
        return not site.call("traces", program.digest)

    eventually("no row and no file is left", is_gone, LIMIT)
    site.settled()


def deliver(site: Site) -> Way:
    """Tell a webhook something; it comes once or twice, with one and the same id."""
    with Playing() as receiver:
        receiver.on("POST /", answer())
        yield
        pk = site.call("announce", receiver.url)
        yield

        def delivered() -> bool:
            site.revive()
            return bool(site.call("message", pk) == ["delivered", 1])

        eventually("it is delivered", delivered, LIMIT)
        assert {one.headers["webhook-id"] for one in receiver.heard} == {pk}
        assert receiver.count() in {1, 2}
    site.settled()


def mail(site: Site) -> Way:
    """Owe a person a letter."""
    yield
    name = site.call("tell")
    yield

    def has_come() -> bool:
        site.revive()
        return any(name in letter for letter in site.mailbox.letters)

    eventually("the letter has come", has_come, LIMIT)
    eventually("it is noted", lambda: site.call("is_mailed", name), LIMIT)
    site.settled()
