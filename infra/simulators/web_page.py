"""The plain web page on which a simulated bank or provider speaks to an owner; it has no script."""

from __future__ import annotations

from html import escape

_FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 1rem }}
input, textarea {{ font: inherit; width: 100%; box-sizing: border-box; padding: .4rem }}
button {{ font: inherit; padding: .4rem .8rem; margin: .6rem .6rem 0 0 }}
[role=alert] {{ border-left: .3rem solid #b00020; padding-left: .6rem }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def page(title: str, body: str) -> str:
    """Return a page with a title in words and a body in HTML."""
    return _FRAME.format(title=escape(title), body=body)


def warning(text: str) -> str:
    """Return what a form says went wrong, nothing if nothing did."""
    return f'<p role="alert">{escape(text)}</p>' if text else ""


def expired() -> str:
    """Return the page of an address that is no more."""
    return page("This link has expired", "<p>Go back and start again.</p>")
