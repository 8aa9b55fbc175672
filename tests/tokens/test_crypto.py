from __future__ import annotations

import pytest
from cryptography.fernet import InvalidToken
from django.core.exceptions import FieldError
from django.db import connection

from accounts import crypto
from accounts.models import SigningKey

OLD, NEW = "o" * 50, "n" * 50


def test_it_decrypts_what_it_encrypted() -> None:
    cipher_text = crypto.encrypt("test", b"open sesame")
    assert b"sesame" not in cipher_text
    assert crypto.decrypt("test", cipher_text) == b"open sesame"


def test_a_value_of_one_purpose_is_worthless_for_another() -> None:
    cipher_text = crypto.encrypt("one", b"secret")
    with pytest.raises(crypto.Undecipherable):
        crypto.decrypt("another", cipher_text)
    assert crypto.keyed_hash("one", "secret") != crypto.keyed_hash("another", "secret")


def test_encrypting_and_hashing_use_different_keys_of_one_purpose() -> None:
    assert crypto._keys("encrypt:one") != crypto._keys("one")


@pytest.mark.parametrize("damaged", [b"", b"garbage", b"gAAAAA==", b"\xff\x00"])
def test_damaged_cipher_text_is_refused(damaged: bytes) -> None:
    with pytest.raises(crypto.Undecipherable):
        crypto.decrypt("test", damaged)


def test_the_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(crypto.Undecipherable) as refused:
        crypto.decrypt("test", b"garbage")
    assert "garbage" not in str(refused.value)
    assert isinstance(refused.value.__cause__, InvalidToken)


def test_the_secret_can_be_replaced_while_the_old_one_is_a_fallback(settings: object) -> None:
    settings.SECRET_KEY = OLD
    cipher_text, hashed = crypto.encrypt("test", b"kept"), crypto.keyed_hash("test", "kept")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert crypto.decrypt("test", cipher_text) == b"kept"
    assert crypto.keyed_hash_matches("test", "kept", hashed)
    assert crypto.keyed_hashes("test", "kept") == [crypto.keyed_hash("test", "kept"), hashed]
    assert crypto.keyed_hash("test", "kept") != hashed


def test_without_the_fallback_nothing_old_is_readable(settings: object) -> None:
    settings.SECRET_KEY = OLD
    cipher_text, hashed = crypto.encrypt("test", b"kept"), crypto.keyed_hash("test", "kept")
    settings.SECRET_KEY = NEW
    with pytest.raises(crypto.Undecipherable):
        crypto.decrypt("test", cipher_text)
    assert not crypto.keyed_hash_matches("test", "kept", hashed)


def test_a_keyed_hash_is_64_hex_digits_and_the_same_for_text_and_its_bytes() -> None:
    hashed = crypto.keyed_hash("test", "größe")
    assert len(hashed) == 64
    assert hashed == crypto.keyed_hash("test", "größe".encode())


@pytest.mark.parametrize("stored", ["", "0" * 64, "short"])
def test_another_hash_does_not_match(stored: str) -> None:
    assert not crypto.keyed_hash_matches("test", "value", stored)


def test_an_encrypted_column_holds_cipher_text(db: None) -> None:
    SigningKey.objects.create(kid="k", private_key="very private", certificate="c")
    with connection.cursor() as cursor:
        cursor.execute("SELECT private_key FROM accounts_signingkey WHERE kid = 'k'")
        stored = cursor.fetchone()[0]
    assert "private" not in stored
    assert SigningKey.objects.get(kid="k").private_key == "very private"


def test_an_encrypted_column_cannot_be_searched(db: None) -> None:
    with pytest.raises(FieldError):
        SigningKey.objects.filter(private_key="very private").exists()
    assert not SigningKey.objects.filter(private_key__isnull=True).exists()


def test_bytes_can_be_encrypted_too() -> None:
    field = crypto.EncryptedBinaryField(purpose="test")
    cipher_text = field.get_prep_value(b"\x00\xff")
    assert field.from_db_value(memoryview(cipher_text), None, connection) == b"\x00\xff"
    assert field.get_prep_value(None) is None
    assert field.from_db_value(None, None, connection) is None
