"""Keeps PySide from reading the source of every module that is imported after it.

Shiboken's import hook looks for `from __feature__ import …` by `inspect.getsource` of each module: some
0.3 ms a module, a tenth of a second for all of ours. Nobody here uses that feature. The hook's name is private:
where it isn't found, nothing is changed.
"""

from __future__ import annotations

import sys

import shiboken6

HOOK_MODULE = "shibokensupport.feature"


def stop_source_reading() -> bool:
    """Let the hook take every module for one without features. Returns whether the hook was found."""
    assert shiboken6.__name__
    hook = sys.modules.get(HOOK_MODULE)
    if not hasattr(hook, "_mod_uses_pyside"):
        return False
    hook._mod_uses_pyside = lambda _module: False  # type: ignore[union-attr]
    return True
