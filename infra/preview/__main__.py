"""Write letters to files, to look at: `python -m infra.preview KIND --language es --out DIR`.

Each becomes three files: the HTML, the plain text, and the whole e-mail (.eml) that a mail program
opens. What they tell of is invented.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.preview.specimens import Specimen, State, specimens
from notify.letter import Kind
from relink.languages import DEFAULT, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

EVERY = "all"
FOLDER = Path(".local") / "letters"


def main(arguments: Sequence[str]) -> int:
    """Write the letters that were asked for, and return the exit status."""
    asked = _parser().parse_args(arguments)
    wanted = [
        specimen
        for specimen in specimens()
        if asked.kind in {specimen.kind.value, EVERY}
        and asked.language in {specimen.language, EVERY}
        and asked.state in {specimen.state.value, EVERY}
    ]
    try:
        asked.out.mkdir(parents=True, exist_ok=True)
        for specimen in wanted:
            for path in _write(specimen, asked.out):
                print(path)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _write(specimen: Specimen, folder: Path) -> Sequence[Path]:
    letter = specimen.letter()
    content = {
        ".html": letter.html.encode(),
        ".txt": letter.text.encode(),
        ".eml": specimen.mail().as_bytes(),
    }
    paths = [folder / f"{specimen.name}{suffix}" for suffix in content]
    for path, what in zip(paths, content.values(), strict=True):
        path.write_bytes(what)
    return paths


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.preview", description=__doc__)
    kinds = [kind.value for kind in Kind]
    parser.add_argument("kind", choices=[*kinds, EVERY], help="what the letter is for")
    parser.add_argument("--language", choices=[*LANGUAGES, EVERY], default=DEFAULT)
    parser.add_argument(
        "--state",
        choices=[*(state.value for state in State), EVERY],
        default=State.ONE.value,
        help="about one bank or more, or to a colleague (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
