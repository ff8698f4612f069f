"""Opening an encoder."""

from threading import Event, Thread

import pytest

from likewise.encoders import loading
from likewise.encoders.catalogue import model


def test_ctrl_c_leaves_no_import_behind(monkeypatch):
    """Python aborts where it ends while another thread imports compiled code."""
    waited_again, imported = Event(), Event()

    class Interrupted(Thread):
        """A thread at which Ctrl-C ends the first wait."""

        waits = 0

        def join(self, timeout=None):
            self.waits += 1
            if self.waits == 1:
                raise KeyboardInterrupt
            waited_again.set()
            super().join(timeout)

    def slowly():
        if waited_again.wait(10):
            imported.set()

    monkeypatch.setattr(loading, "Thread", Interrupted)
    monkeypatch.setattr("likewise.encoders.graphs.blocks.import_openvino", slowly)
    with (
        pytest.raises(KeyboardInterrupt),
        loading._importing_the_engine(model("minilm")),
    ):
        pass
    assert imported.is_set()
