"""What is issued is signed: whatever is changed in a token or a link voids it."""

from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reportmocks.kernel.refusals import LinkExpired, LinkTampered
from reportmocks.kernel.signing import Link, Signer

SIGNER = Signer(b"a secret of this test's own")
OTHER = Signer(b"a secret of another server!")
CLAIMS = {"content": {"clientId": "one"}, "exp": 1_772_629_200}

names = st.text(min_size=1, max_size=30)
links = st.builds(Link, names, names, st.integers(0, 10**11))


@st.composite
def changed(draw: st.DrawFn, text: str) -> str:
    """The text with one character changed, left out, or put in between."""
    place = draw(st.integers(0, len(text) - 1))
    character = draw(st.sampled_from("Aa0_-.=+/ \n\ud800ä") | st.characters())
    kind = draw(st.sampled_from(["change", "drop", "insert"]))
    rest = text[place:] if kind == "insert" else text[place + 1 :]
    result = text[:place] + ("" if kind == "drop" else character) + rest
    assume(result != text)
    return result


@given(st.dictionaries(names, st.integers() | names, max_size=5), names)
def test_a_token_holds_its_claims(claims: dict[str, object], purpose: str) -> None:
    """What was put in comes out, for its own purpose and by its own server."""
    token = SIGNER.token(purpose, claims)
    assert SIGNER.claims(purpose, token) == claims
    assert SIGNER.claims(f"{purpose}!", token) is None
    assert OTHER.claims(purpose, token) is None


@given(st.data())
def test_a_changed_token_is_void(data: st.DataObject) -> None:
    """Any character of it, in any of its three parts."""
    token = data.draw(changed(SIGNER.token("access", CLAIMS)))
    assert SIGNER.claims("access", token) is None


@given(st.text(max_size=60) | st.sampled_from(["", ".", "..", "...", "a.b.c", "\ud800", "é.é.é"]))
def test_what_is_no_token_is_void(text: str) -> None:
    """Whatever a client may send in its place, lone surrogates of a JSON string included."""
    assert SIGNER.claims("access", text) is None


def test_a_token_looks_like_any_other() -> None:
    """Three parts in base64 for the web, the first one naming the algorithm."""
    header, claims, signature = SIGNER.token("access", CLAIMS).split(".")
    assert header == "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9"
    assert claims
    assert len(signature) == 86


@given(links)
def test_a_link_is_good_as_it_was_given(link: Link) -> None:
    """Its query holds what S3 needs, escaped so that it survives being a query."""
    query = parse_qs(link.query(SIGNER), strict_parsing=True)
    assert query.keys() == {"AWSAccessKeyId", "Expires", "Signature"}
    assert query["Expires"] == [str(link.expires)]
    link.check_signature(SIGNER, query["Signature"][0])


@given(links, st.data())
def test_a_changed_link_is_refused(link: Link, data: st.DataObject) -> None:
    """Another object, another vendor's, a longer life, or a signature that somebody made up."""
    signature = signature_of(link)
    for other in (
        replace(link, key=data.draw(changed(link.key))),
        replace(link, vendor=data.draw(changed(link.vendor))),
        replace(link, expires=link.expires + data.draw(st.integers(1, 10**6))),
    ):
        with pytest.raises(LinkTampered):
            other.check_signature(SIGNER, signature)
    with pytest.raises(LinkTampered):
        link.check_signature(SIGNER, data.draw(changed(signature)))
    with pytest.raises(LinkTampered):
        link.check_signature(OTHER, signature)


def test_a_refused_link_names_the_vendor_s_rule() -> None:
    """The log says by which rule."""
    with pytest.raises(LinkTampered) as refused:
        Link("acme", "key", 5).check_signature(SIGNER, "")
    assert refused.value.rule == "acme.link-tampered"


@pytest.mark.parametrize(("lease", "good"), [(4_000, True), (4_999, True), (5_000, False), (5_001, False)])
def test_a_link_ends_at_its_exact_second(lease: int, good: bool) -> None:  # noqa: FBT001
    """Good to the last millisecond before it, and refused with both instants from it on."""
    link = Link("acme", "key", expires=5)
    if good:
        link.check_life("acme.link-life", lease)
        return
    with pytest.raises(LinkExpired) as refused:
        link.check_life("acme.link-life", lease)
    assert (refused.value.rule, refused.value.expired, refused.value.now) == ("acme.link-life", 5_000, lease)


@given(names, names)
def test_an_id_made_of_parts_is_always_the_same(purpose: str, part: str) -> None:
    """A UUID in its canonical form, of its server's own."""
    made = SIGNER.uuid(purpose, part)
    assert made == SIGNER.uuid(purpose, part)
    assert made != SIGNER.uuid(purpose, part, part)
    assert made != OTHER.uuid(purpose, part)
    assert [len(group) for group in made.split("-")] == [8, 4, 4, 4, 12]
    assert (made[14], made[19] in "89ab") == ("4", True)


def signature_of(link: Link) -> str:
    """The signature in a link's query."""
    return parse_qs(link.query(SIGNER))["Signature"][0]
