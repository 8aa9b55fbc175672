"""Refusals (OCI distribution-spec, "Error Codes")."""

import inspect
import json

import pytest
from hypothesis import given

from registry_api.oci import errors
from registry_api.oci.errors import (
    BlobUnknown,
    ManifestInvalid,
    OciError,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unsupported,
    UploadOutOfOrder,
    quoted,
)
from tests.oci.properties import any_text, bounded, json_values

SPEC_CODES = {
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
}
CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, OciError) and found is not OciError
]


def test_a_refusal_says_code_message_and_detail():
    error = BlobUnknown("there is no such blob", detail={"digest": "sha256:0"})
    assert json.loads(error.body()) == {
        "errors": [{"code": "BLOB_UNKNOWN", "message": "there is no such blob", "detail": {"digest": "sha256:0"}}]
    }
    assert str(error) == "there is no such blob"


def test_without_a_message_it_has_the_one_of_the_specification():
    assert json.loads(BlobUnknown().body()) == {
        "errors": [{"code": "BLOB_UNKNOWN", "message": "blob unknown to registry"}]
    }


def test_every_code_of_the_specification_has_a_class():
    assert {found.code for found in CLASSES} >= SPEC_CODES


@pytest.mark.parametrize("found", CLASSES, ids=lambda found: found.__name__)
def test_a_client_error_has_a_code_of_the_specification(found):
    error = found()
    assert 400 <= error.status < 600
    assert error.status >= 500 or error.code in SPEC_CODES
    assert error.message


def test_code_and_status_can_be_another_one_for_one_refusal():
    error = OciError(code="MANIFEST_INVALID", status=414, message="too many tags")
    assert (error.code, error.status) == ("MANIFEST_INVALID", 414)
    assert Unsupported("wrong", status=400).status == 400
    assert Unsupported.status == 405
    assert ManifestInvalid.code == "MANIFEST_INVALID"


def test_an_upload_out_of_order_is_told_from_an_invalid_one_by_its_status():
    assert (UploadOutOfOrder.code, UploadOutOfOrder.status) == ("BLOB_UPLOAD_INVALID", 416)


@pytest.mark.parametrize("found", [TooManyRequests, Unavailable])
def test_who_shall_come_again_is_told_when(found):
    assert int(found().headers["Retry-After"]) > 0
    assert found(headers={"Retry-After": "60"}).headers == {"Retry-After": "60"}


def test_headers_belong_to_one_refusal():
    TooManyRequests().headers["X-One"] = "1"
    assert "X-One" not in TooManyRequests().headers


def test_unauthorized_knows_what_the_challenge_says():
    assert Unauthorized().challenge_error == ""
    assert Unauthorized("expired", error="invalid_token").challenge_error == "invalid_token"


def test_a_detail_that_is_no_json_does_not_hide_the_refusal():
    assert json.loads(BlobUnknown(detail=object()).body())["errors"][0]["code"] == "BLOB_UNKNOWN"


@bounded
@given(any_text, json_values)
def test_every_body_is_json_in_ascii(message, detail):
    body = BlobUnknown(message, detail=detail).body()
    assert body.isascii()
    read = json.loads(body)["errors"][0]
    assert read["message"] == (message or BlobUnknown.message)
    assert read.get("detail") == detail


@bounded
@given(any_text)
def test_what_a_caller_sent_is_repeated_short_and_harmless(text):
    shown = quoted(text * 1000)
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) < 100
