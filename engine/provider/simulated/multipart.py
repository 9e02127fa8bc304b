"""Reads form bodies (`multipart/form-data`) with the python-multipart package. Attachments are refused."""

from __future__ import annotations

import io

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File

from engine.provider.simulated import refusals
from engine.provider.simulated.refusals import Refusal, invalid_parameters


def form_fields(content_type: str, body: bytes) -> dict[str, list[str]]:
    """Return the text fields of a form, each with all its values in order.

    Raises: Refusal when the form can't be read, a field isn't UTF-8, or a file is attached.
    """
    fields: dict[str, list[str]] = {}
    files: list[File] = []

    def keep(field: Field) -> None:
        name, value = (field.field_name or b"").decode(), (field.value or b"").decode()
        fields.setdefault(name, []).append(value)

    headers = {"Content-Type": content_type.encode("latin-1"), "Content-Length": str(len(body)).encode()}
    try:
        parse_form(headers, io.BytesIO(body), keep, files.append)
    except (FormParserError, UnicodeDecodeError) as error:
        raise invalid_parameters("The form can't be read") from error
    if not body.rstrip(b"\r\n").endswith(b"--"):
        raise invalid_parameters("The form has no end")
    if files:
        raise Refusal(refusals.UNSUPPORTED_MEDIA_TYPE)
    return fields
