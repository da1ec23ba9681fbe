"""FHIR R4 for the hospital's system: JSON over HTTP, `Authorization: Bearer TOKEN` of a client with scope `hospital`.

GET  /fhir/metadata               what there is, without a token
GET  /fhir/KIND/ID                one resource
GET  /fhir/KIND?PARAMETERS        a search, page by page; POST /fhir/KIND/_search with the parameters in its body
POST /fhir/KIND                   put a new one; what has the hospital's number already is given back
PUT  /fhir/KIND/ID                change it; PUT /fhir/KIND?identifier=SYSTEM|NUMBER changes it, or puts a new one
POST /fhir                        a Bundle: `transaction` all or nothing, `batch` each for itself
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

from klein import Klein
from twisted.web.iweb import IRequest

from clinic import clients
from clinic.hospital import capability, puts, search
from clinic.hospital.access import Access, access_of
from clinic.hospital.issues import Issue, Rejected, outcome
from clinic.hospital.puts import Answer, House, Lookup, Order
from clinic.hospital.values import etag
from clinic.identity import Vault
from clinic.installation import Installation
from clinic.rules import Rules
from gateway.http.answers import FHIR, Refusal, outcome_body
from gateway.http.bearer import stranger, token_of
from gateway.http.fhir.outcomes import answers_outcomes, line, resource_body
from gateway.http.guesses import too_many
from gateway.http.ports import Office

REQUESTS_A_MINUTE = 6000
BUNDLES_A_MINUTE = 120
READ_AT_ONCE = 64 * 1024  # octets of a body that hold up nobody while they are read
JSON = (FHIR, "application/json", "application/json+fhir")
FORM = "application/x-www-form-urlencoded"
NO_SCOPE = Refusal(
    403, "no_scope", "this client is no hospital's system: `caredial clients grant NAME --scope hospital`"
)


class FhirApi:
    """Routes under /fhir."""

    app = Klein()
    answers_outcomes(app)

    def __init__(self, office: Office, installation: Installation, rules: Rules, vault: Vault) -> None:
        self._office, self._installation, self._rules, self._vault = office, installation, rules, vault
        self._base = f"{installation.public_url}/fhir"
        self._statement = capability.statement(installation, version=version("caredial"))

    @app.route("/metadata", methods=["GET"])
    def metadata(self, request: IRequest) -> bytes:
        return resource_body(request, 200, self._statement)

    @app.route("/", methods=["POST"], strict_slashes=False)
    async def bundle(self, request: IRequest) -> bytes:
        access = await self._access(request)
        if not await self._office.limits.allow(f"fhir-bundle:{access.client}", limit=BUNDLES_A_MINUTE, seconds=60):
            raise too_many(60)
        _check_type(request)
        kind, entries = await self._aside(puts.entries, request.content.read(), base=self._base)
        if kind == "transaction":
            return await self._transaction(request, entries, access)
        answers = [await self._one(entry, access) for entry in entries]
        return resource_body(request, 200, _bundle("batch-response", answers, self._base))

    @app.route("/<kind>", methods=["GET"])
    async def search(self, request: IRequest, kind: str) -> bytes:
        access = await self._access(request)
        return await self._search(request, access, _known(kind), _query(request))

    @app.route("/<kind>/_search", methods=["POST"])
    async def search_by_body(self, request: IRequest, kind: str) -> bytes:
        """Where an identity number is asked for: an address is logged on its way, a body is not."""
        access = await self._access(request)
        if (request.getHeader("content-type") or "").partition(";")[0].strip().lower() != FORM:
            raise Refusal(415, "unsupported", f"send {FORM}")
        given = parse_qsl(request.content.read().decode("utf-8", "replace"), keep_blank_values=True)
        return await self._search(request, access, _known(kind), [*_query(request), *given])

    @app.route("/<kind>/<number>", methods=["GET"])
    async def read(self, request: IRequest, kind: str, number: str) -> bytes:
        words = self._words(await self._access(request))
        found = await self._office.store.run(search.read, kind=_known(kind), number=number, **words)
        return resource_body(request, 200, found)

    @app.route("/<kind>", methods=["POST"])
    async def create(self, request: IRequest, kind: str) -> bytes:
        return await self._put(request, "POST", kind, "", none_exist=request.getHeader("if-none-exist") or "")

    @app.route("/<kind>", methods=["PUT"])
    async def update_by_query(self, request: IRequest, kind: str) -> bytes:
        return await self._put(request, "PUT", kind, "", match=request.getHeader("if-match") or "")

    @app.route("/<kind>/<number>", methods=["PUT"])
    async def update(self, request: IRequest, kind: str, number: str) -> bytes:
        return await self._put(request, "PUT", kind, number, match=request.getHeader("if-match") or "")

    async def _search(self, request: IRequest, access: Access, kind: str, pairs: Any) -> bytes:
        found = await self._office.store.run(search.search, kind=kind, pairs=pairs, **self._words(access))
        return resource_body(request, 200, found)

    async def _put(self, request: IRequest, method: str, kind: str, number: str, **more: str) -> bytes:
        house = self._house(await self._access(request))
        _check_type(request)
        how = puts.how(method, _known(kind), number, _query(request), **more)
        order = puts.order(kind, request.content.read(), how=how)
        answer = await self._office.store.run(puts.put, order=order, house=house, now=self._office.now())
        if answer.status == 201:
            request.setHeader("Location", f"{self._base}/{answer.kind}/{answer.id}")
        return resource_body(request, answer.status, answer.resource)

    async def _transaction(self, request: IRequest, entries: Any, access: Access) -> bytes:
        """All mistakes that can be told without the database are told at once."""
        mistakes = [issue for entry in entries if isinstance(entry, Rejected) for issue in entry.issues]
        if mistakes:
            return outcome_body(request, 422, *mistakes)
        house, now = self._house(access), self._office.now()
        answers = await self._office.store.run(puts.transact, entries=entries, house=house, now=now)
        return resource_body(request, 200, _bundle("transaction-response", answers, self._base))

    async def _one(self, entry: Order | Lookup | Rejected, access: Access) -> Answer | Rejected:
        """An entry of a batch, in a transaction of its own."""
        if isinstance(entry, Rejected):
            return entry
        house, now = self._house(access), self._office.now()
        try:
            [answer] = await self._office.store.run(puts.transact, entries=[entry], house=house, now=now)
        except Rejected as error:
            return error
        return answer

    async def _access(self, request: IRequest) -> Access:
        token, limits = token_of(request), self._office.limits
        client = await self._office.store.run(clients.known, token=token) if token else None
        if client is None:
            raise await stranger(request, limits, self._office.proxies, "unknown_client", "hospital")
        if not await limits.allow(f"fhir:{client.id}", limit=REQUESTS_A_MINUTE, seconds=60):
            raise too_many(60)
        access = access_of(client.id, client.scopes)
        if access is None:
            raise NO_SCOPE
        _check_accept(request)
        return access

    def _house(self, access: Access) -> House:
        return House(access, self._vault, self._rules, self._installation)

    def _words(self, access: Access) -> dict[str, Any]:
        given = {"access": access, "vault": self._vault, "installation": self._installation}
        return given | {"now": self._office.now()}

    async def _aside(self, fn: Any, content: bytes, **more: Any) -> Any:
        """Reading a long body holds up nobody."""
        if len(content) <= READ_AT_ONCE:
            return fn(content, **more)
        return await self._office.aside(partial(fn, content, **more))


def _known(kind: str) -> str:
    if kind not in puts.kinds():
        there = ", ".join(sorted(puts.kinds()))
        raise Rejected(404, Issue("not-supported", f"there are no {kind} here; there are {there}"))
    return kind


def _query(request: IRequest) -> list[tuple[str, str]]:
    query = request.uri.partition(b"?")[2].decode("utf-8", "replace")
    return parse_qsl(query, keep_blank_values=True)


def _check_type(request: IRequest) -> None:
    if (request.getHeader("content-type") or "").partition(";")[0].strip().lower() not in JSON:
        raise Refusal(415, "unsupported", f"send {FHIR}")


def _check_accept(request: IRequest) -> None:
    """JSON is all that there is; who takes something else only is told so."""
    written = request.getHeader("accept") or ""
    wanted = [each.partition(";")[0].strip().lower() for each in written.split(",") if each.strip()]
    if wanted and not any(each in (*JSON, "*/*", "application/*") for each in wanted):
        raise Refusal(406, "not_acceptable", f"there is only {FHIR}")


def _bundle(kind: str, answers: list[Any], base: str) -> dict[str, Any]:
    entries = [_entry(answer, base) for answer in answers]
    return {"resourceType": "Bundle", "type": kind, **({"entry": entries} if entries else {})}


def _entry(answer: Answer | Rejected, base: str) -> dict[str, Any]:
    if isinstance(answer, Rejected):
        return {"response": {"status": line(answer.status), "outcome": outcome(answer.issues)}}
    response: dict[str, Any] = {"status": line(answer.status)}
    meta = answer.resource.get("meta", {})
    entry: dict[str, Any] = {"resource": answer.resource, "response": response}
    if answer.kind:
        address = f"{base}/{answer.kind}/{answer.id}"
        entry, response["location"] = {"fullUrl": address, **entry}, address
        if "versionId" in meta:
            response |= {"etag": etag(meta["versionId"])}
        if "lastUpdated" in meta:
            response |= {"lastModified": meta["lastUpdated"]}
    return entry
