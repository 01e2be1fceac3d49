"""Describe an unexpected exception for the log without its words, which may hold a secret."""

from __future__ import annotations

from botocore.exceptions import ClientError


def describe(error: BaseException) -> dict[str, str]:
    """Return what kind of error it is, where it arose, and the code if AWS sent one."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    found = {"error": type(error).__name__}
    if trace is not None:
        found["at"] = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"
    if isinstance(error, ClientError):
        found["aws_code"] = str(error.response["Error"].get("Code", ""))
        found["operation"] = error.operation_name
    return found
