import os
import signal
import threading

import pytest

from rlvr.interrupts import listening


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_asks_and_the_second_stops(number):
    said = []
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), listening(said.append) as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
        assert len(said) == 1
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_in_another_thread_signals_are_left_alone():
    seen = []

    def run():
        with listening(print) as stop:
            seen.append((signal.getsignal(signal.SIGINT), stop()))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [(signal.getsignal(signal.SIGINT), False)]
