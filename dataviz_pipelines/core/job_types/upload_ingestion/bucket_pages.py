"""XML that servers of buckets answer with: bounded, and without entities."""

from typing import Final
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # no stubs here

LONGEST_PAGE_BYTES: Final = 16 * 1024 * 1024


def read(response: httpx.Response) -> bytes:
    """No more of it than can be meant."""
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > LONGEST_PAGE_BYTES:
            break
    return bytes(body)


def parsed(body: bytes) -> Element | None:
    """None: it is no XML, or none that is safe."""
    try:
        found: Element = fromstring(body)
    except (ParseError, ValueError):  # what defusedxml refuses is a ValueError
        return None
    return found
