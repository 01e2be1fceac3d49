"""The packages that Lambda gets, built for this machine, and what Lambda's runtime adds to them."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
UV: Final = ROOT / ".tools/uv/bin/uv"
PLATFORM: Final = f"{platform.machine()}-manylinux_2_28"
LAMBDAS_PYTHON: Final = "3.13"


class NotBuilt(Exception):
    """A package could not be made; the message says what `make` or uv said."""


@dataclass(frozen=True)
class Builder:
    """Builds for one interpreter of this machine what `make build` builds for Lambda's."""

    python: str

    def package(self, function: str, folder: Path) -> Path:
        """Build the package of a function, named by its logical id, into a new folder."""
        folder.mkdir(parents=True)
        _run(
            "make",
            "--silent",
            f"--directory={ROOT / 'functions'}",
            f"build-{function}",
            f"ARTIFACTS_DIR={folder}",
            f"RUNTIME_PYTHON={self.python}",
            f"PLATFORM={PLATFORM}",
        )
        return folder

    def runtime(self, folder: Path) -> Path:
        """Put into a new folder what Lambda's Python has beside the package, compiled as there."""
        locked = _run(
            str(UV), "export", "--quiet", "--frozen", "--project", str(ROOT), "--only-group=runtime"
        )
        install = [str(UV), "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:"]
        into = [f"--python={self.python}", f"--target={folder}", "--requirements=-"]
        _run(*install, *into, given=locked)
        compiled = ["-m", "compileall", "-q", "--invalidation-mode=unchecked-hash", str(folder)]
        _run(self.python, *compiled)
        return folder


def interpreter(version: str = LAMBDAS_PYTHON) -> str | None:
    """Return the path of this machine's Python of a version, or None where there is none.

    pyenv's shims and virtual environments stand in the way of what is behind them, so that the
    interpreter itself is asked for its path.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    known = sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))
    for candidate in [shutil.which(f"python{version}"), *map(str, known)]:
        if candidate is None:
            continue
        asked = [candidate, "-c", "import sys; print(sys._base_executable)"]
        answer = subprocess.run(asked, check=False, capture_output=True, text=True)
        if answer.returncode == 0:
            return answer.stdout.strip()
    return None


def own_interpreter() -> str:
    """Return the interpreter that runs this, without its virtual environment."""
    base: str = getattr(sys, "_base_executable", sys.executable)
    return base


def _run(*command: str, given: str | None = None) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL"}}
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise NotBuilt(f"{' '.join(command)}:\n{done.stderr}{done.stdout}")
    return done.stdout
