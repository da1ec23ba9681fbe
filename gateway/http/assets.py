"""Style sheets, scripts and pictures of our own pages: a few small files, kept in memory and sent packed.

Kiosks sit on metered mobile lines: a browser keeps a file and asks only whether it has changed (RFC 9110 13.1.2).
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from klein import Klein
from twisted.web import http
from twisted.web.iweb import IRequest
from werkzeug.exceptions import NotFound

from gateway.http.answers import body

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class _Asset:
    kind: str
    octets: bytes
    packed: bytes
    etag: bytes


class Assets:
    """Routes under /static."""

    app = Klein()

    def __init__(self, folder: Path = STATIC) -> None:
        self._assets = {path.name: _asset(path) for path in folder.iterdir() if path.is_file()}

    @app.route("/<name>", methods=["GET"])
    def file(self, request: IRequest, name: str) -> bytes:
        asset = self._assets.get(name)
        if asset is None:
            raise NotFound
        request.setHeader("Cache-Control", "public, no-cache")
        request.setHeader("Vary", "Accept-Encoding")
        if request.setETag(asset.etag) is http.CACHED:
            return b""
        if b"gzip" in b",".join(request.requestHeaders.getRawHeaders(b"accept-encoding", [])):
            request.setHeader("Content-Encoding", "gzip")
            return body(request, 200, asset.kind, asset.packed)
        return body(request, 200, asset.kind, asset.octets)

    @app.handle_errors(NotFound)
    def missing(self, request: IRequest, failure: object) -> bytes:  # noqa: ARG002
        return body(request, 404, "text/plain; charset=utf-8", b"no such file\n")


def _asset(path: Path) -> _Asset:
    octets = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    etag = f'"{hashlib.sha256(octets).hexdigest()[:20]}"'.encode()
    return _Asset(kind, octets, gzip.compress(octets, mtime=0), etag)
