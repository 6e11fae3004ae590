"""What the statements of a random model do, built-in by built-in: how each chooses its
operands, how it is written, and what it computes. A file per family."""

from . import blocks  # noqa: F401: each adds its own
from . import contractions  # noqa: F401
from . import elements  # noqa: F401
from . import gathering  # noqa: F401
from . import movement  # noqa: F401
from . import ordering  # noqa: F401
from . import programs  # noqa: F401
from . import reductions  # noqa: F401
from . import sources  # noqa: F401
from . import windows  # noqa: F401
from .table import ALL

__all__ = ["ALL"]
