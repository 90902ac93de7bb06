"""What an installation is told by its environment."""

from pathlib import Path

import pytest

from capture.config import from_environment
from capture.errors import BadSetting

OIDC = {"LODESTONE_OIDC_ISSUER": "https://id.northwind.example/", "LODESTONE_OIDC_CLIENT_ID": "studio"}


def test_a_provider_is_named_to_the_letter_and_groups_may_have_any_name() -> None:
    roles = "cn=all,ou=sales=sales; Marketing & more=marketer"

    read = from_environment({**OIDC, "LODESTONE_OIDC_ROLES": roles, "LODESTONE_OIDC_DOMAINS": "Northwind.example"})

    assert read.oidc_issuer == "https://id.northwind.example/"
    assert read.oidc_roles == (("cn=all,ou=sales", "sales"), ("Marketing & more", "marketer"))
    assert read.oidc_domains == ("northwind.example",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("OIDC_ISSUER", "http://id.northwind.example"),
        ("OIDC_ISSUER", "https://id.northwind.example?tenant=1"),
        ("OIDC_CLIENT_ID", ""),
        ("OIDC_ROLES", "Managers=boss"),
        ("OIDC_ROLES", "Managers"),
        ("OIDC_NEWCOMERS", "groups"),
        ("OIDC_NEWCOMERS", "everybody"),
        ("OIDC_SCOPES", "email"),
        ("OIDC_NAME", " "),
        ("LOGINS", "none"),
    ],
)
def test_what_cannot_work_is_refused_by_name(name: str, said: str) -> None:
    with pytest.raises(BadSetting, match=f"LODESTONE_{name}"):
        from_environment({**OIDC, f"LODESTONE_{name}": said})


def test_a_provider_that_is_the_only_way_has_to_be_there() -> None:
    with pytest.raises(BadSetting, match="LODESTONE_OIDC_ISSUER names none"):
        from_environment({"LODESTONE_LOGINS": "provider"})


def test_secrets_are_read_from_files_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the provider\n")

    read = from_environment({**OIDC, "LODESTONE_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret")})

    assert read.oidc_client_secret == "of the provider"
    assert "of the provider" not in repr(read)
