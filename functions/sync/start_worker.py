"""Where Lambda begins: the handler, imported without a look for garbage.

Imports make next to none, and the looks are a tenth of what a start costs. What they made stays as
long as the process: later looks leave it out, too.
"""

import gc

gc.disable()

from sync.worker import lambda_handler  # noqa: E402 - what is above is for its sake

gc.freeze()
gc.enable()

__all__ = ["lambda_handler"]
