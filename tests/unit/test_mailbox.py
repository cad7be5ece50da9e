import threading

from components.video.mailbox import Mailbox


def test_the_newest_item_wins_and_the_others_are_counted() -> None:
    box: Mailbox[int] = Mailbox()
    for item in (1, 2, 3):
        box.put(item)
    assert box.take() == 3
    assert box.replaced == 2


def test_closing_wakes_the_consumer_and_drops_what_waits() -> None:
    box: Mailbox[int] = Mailbox()
    taken: list[int | None] = []
    consumer = threading.Thread(target=lambda: taken.append(box.take()))
    consumer.start()
    box.close()
    consumer.join(5)
    assert taken == [None]
    box.put(1)
    assert box.take() is None
