import pytest
from flask.testing import FlaskClient

from capture.delivery.models import Grant
from capture.leads.models import Consent, Lead, LeadAddress, LeadValue, QuarantinedFill, Submission
from capture.outbox.models import OutboxMessage
from tests.factories import every
from tests.stories import a_fill, a_page

WRITTEN_BY_A_FILL = (Lead, LeadAddress, LeadValue, Submission, Consent, Grant, OutboxMessage, QuarantinedFill)


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({"email": ""}, {}, 422),
        ({"email": "not an address"}, {}, 422),
        ({"company_size": "a size that nobody offered"}, {}, 422),
        ({"first_name": "x" * 10_000}, {}, 422),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"first_name": "x" * 300_000}, {}, 413),
    ],
)
def test_a_refused_post_leaves_no_row(
    client: FlaskClient, changes: dict[str, str], headers: dict[str, str], status: int
) -> None:
    page = a_page()

    answer = client.post(f"/{page.slug}", data=a_fill(**changes), headers=headers)

    assert answer.status_code == status
    assert {kind.__name__: len(every(kind)) for kind in WRITTEN_BY_A_FILL} == {
        kind.__name__: 0 for kind in WRITTEN_BY_A_FILL
    }


def test_only_declared_fields_are_stored(client: FlaskClient) -> None:
    page = a_page()

    client.post(f"/{page.slug}", data=a_fill() | {"score": "99", "is_mql": "1", "id": "7", "consent_at": "2020"})

    [submission] = every(Submission)
    assert not {"score", "is_mql", "id", "consent_at"} & submission.answers.keys()
