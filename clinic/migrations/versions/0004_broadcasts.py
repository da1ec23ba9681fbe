"""broadcasts, consent, staff notices, clients of the messages API; an outbox for millions

Revision: 0004, after: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = (("claimed", "sending"), ("submitted", "sent"))


TO_CALL = sa.text("channel = 'voice' and state = 'queued'")


def _index_what_has_not_come(which: str) -> None:
    """SMS that can still be told by voice."""
    where = sa.text(which)
    op.drop_index("ix_message_not_come", table_name="message")
    op.create_index(
        "ix_message_not_come",
        "message",
        ["channel", "state", "expires_at"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def upgrade() -> None:
    op.create_table(
        "audience",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience")),
        sa.UniqueConstraint("name", name=op.f("uq_audience_name")),
    )
    op.create_table(
        "client",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("webhook_url", sa.String(length=400), nullable=False),
        sa.Column("webhook_secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("name", name=op.f("uq_client_name")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_client_token_digest")),
    )
    op.create_table(
        "consent",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("consent_class", sa.String(length=10), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("proof", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("phone", "consent_class", name=op.f("uq_consent_phone_consent_class")),
    )
    op.create_index("ix_consent_changed_at", "consent", ["changed_at"], unique=False)
    op.create_table(
        "phone_list",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_list")),
        sa.UniqueConstraint("name", name=op.f("uq_phone_list_name")),
    )
    op.create_table(
        "sms_usage",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("on_net", sa.Boolean(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_usage")),
        sa.UniqueConstraint("month", "on_net", name=op.f("uq_sms_usage_month_on_net")),
    )
    op.create_table(
        "staff_notice",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notice")),
    )
    op.create_table(
        "broadcast",
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("consent_class", sa.String(length=10), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("start_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("sent_by", sa.String(length=60), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("approved_by", sa.String(length=60), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("invoice", sa.JSON(), nullable=True),
        sa.Column("cursor", sa.JSON(), nullable=True),
        sa.Column("began_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_broadcast_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    op.create_index("ix_broadcast_state", "broadcast", ["state"], unique=False)
    op.create_table(
        "client_batch",
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_client_batch_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_batch")),
        sa.UniqueConstraint("client_id", "idempotency_key", name=op.f("uq_client_batch_client_id_idempotency_key")),
    )
    op.create_table(
        "client_message",
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["client_batch.id"], name=op.f("fk_client_message_batch_id_client_batch")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_client_message_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_message")),
    )
    op.create_index("ix_client_message_batch_id", "client_message", ["batch_id", "id"], unique=False)
    op.create_index(
        "ix_client_message_reference",
        "client_message",
        ["client_id", "reference", "id"],
        unique=False,
        sqlite_where=sa.text("reference is not null"),
        postgresql_where=sa.text("reference is not null"),
    )
    op.create_table(
        "phone_list_entry",
        sa.Column("phone_list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["phone_list_id"], ["phone_list.id"], name=op.f("fk_phone_list_entry_phone_list_id_phone_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_list_entry")),
    )
    op.create_index(
        "ix_phone_list_entry_phone_list_id_phone", "phone_list_entry", ["phone_list_id", "phone"], unique=False
    )
    op.create_index("ix_phone_list_entry_phone_list_id_id", "phone_list_entry", ["phone_list_id", "id"], unique=False)
    op.create_table(
        "push",
        sa.Column("client_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_push_client_id_client")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_push_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push")),
    )
    op.create_index("ix_push_client_id", "push", ["client_id", "id"], unique=False)
    op.create_index("ix_push_due_at", "push", ["due_at"], unique=False)
    op.create_table(
        "staff",
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_staff_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("code", name=op.f("uq_staff_code")),
    )
    op.create_index(op.f("ix_staff_centre_id"), "staff", ["centre_id"], unique=False)
    op.create_index("ix_staff_phone", "staff", ["phone"], unique=False)
    op.create_table(
        "resident_tag",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_resident_tag_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident_tag")),
        sa.UniqueConstraint("resident_id", "tag", name=op.f("uq_resident_tag_resident_id_tag")),
    )
    op.create_index("ix_resident_tag_tag", "resident_tag", ["tag", "resident_id"], unique=False)
    op.create_table(
        "roster",
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shift", sa.String(length=5), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_roster_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
        sa.UniqueConstraint("staff_id", "day", "shift", name=op.f("uq_roster_staff_id_day_shift")),
    )
    op.create_index("ix_roster_day", "roster", ["day"], unique=False)
    op.create_table(
        "staff_notice_recipient",
        sa.Column("staff_notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.String(length=80), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_notice_recipient_staff_id_staff")),
        sa.ForeignKeyConstraint(
            ["staff_notice_id"],
            ["staff_notice.id"],
            name=op.f("fk_staff_notice_recipient_staff_notice_id_staff_notice"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notice_recipient")),
        sa.UniqueConstraint(
            "staff_notice_id", "staff_id", name=op.f("uq_staff_notice_recipient_staff_notice_id_staff_id")
        ),
    )
    op.create_index("ix_staff_notice_recipient_phone", "staff_notice_recipient", ["phone"], unique=False)
    op.drop_index(op.f("ix_related_person_resident_id"), table_name="related_person")
    op.create_index(
        "ix_related_person_reach",
        "related_person",
        ["resident_id", "is_self", "id", "subscriber_id"],
        unique=False,
    )
    op.add_column("centre", sa.Column("quiet_from", sa.Time(), nullable=True))
    op.add_column("centre", sa.Column("quiet_until", sa.Time(), nullable=True))
    op.add_column("message", sa.Column("broadcast_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("client_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("centre_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("language", sa.String(length=2), nullable=True))
    op.add_column("message", sa.Column("segments", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("on_net", sa.Boolean(), nullable=True))
    op.add_column("message", sa.Column("settled_at", sa.DateTime(), nullable=True))
    with op.batch_alter_table("message_part") as parts:
        parts.drop_constraint(op.f("fk_message_part_message_id_message"), type_="foreignkey")
        parts.drop_index("ix_message_part_link_smsc_id")
        parts.create_index("ix_message_part_smsc_id_link", ["smsc_id", "link"])
    with op.batch_alter_table("message") as messages:
        messages.drop_constraint(op.f("uq_message_occasion"), type_="unique")
    op.create_index(
        "uq_message_occasion",
        "message",
        ["occasion"],
        unique=True,
        sqlite_where=sa.text("broadcast_id is null"),
        postgresql_where=sa.text("broadcast_id is null"),
    )
    op.drop_index(op.f("ix_message_channel_state_due_at"), table_name="message")
    op.drop_index("ix_message_to_call", table_name="message")
    _index_what_has_not_come("speech is not null and channel = 'sms' and state in ('failed', 'expired', 'unknown')")
    op.create_index(
        "ix_message_broadcast",
        "message",
        ["broadcast_id", "state", "due_at"],
        unique=False,
        sqlite_where=sa.text("broadcast_id is not null"),
        postgresql_where=sa.text("broadcast_id is not null"),
    )
    op.create_index(
        "ix_message_client_id",
        "message",
        ["client_id", "id"],
        unique=False,
        sqlite_where=sa.text("client_id is not null"),
        postgresql_where=sa.text("client_id is not null"),
    )
    op.create_index("ix_message_phone", "message", ["phone"], unique=False)
    op.create_index(
        "ix_message_sending",
        "message",
        ["claimed_by"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        "ix_message_waits",
        "message",
        ["channel", "message_class", "due_at"],
        unique=False,
        sqlite_where=sa.text("broadcast_id is null and state = 'queued'"),
        postgresql_where=sa.text("broadcast_id is null and state = 'queued'"),
    )
    op.add_column("resident", sa.Column("grid", sa.String(length=40), server_default=sa.text("''"), nullable=False))
    for before, after in STATES:
        _rename("message", before, after)
        _rename("message_part", before, after)


def downgrade() -> None:
    for before, after in STATES:
        _rename("message", after, before)
        _rename("message_part", after, before)
    _rename("message", "unknown", "failed")
    _rename("message", "cancelled", "failed")
    op.drop_column("resident", "grid")
    op.drop_index(
        "ix_message_waits",
        table_name="message",
        sqlite_where=sa.text("broadcast_id is null and state = 'queued'"),
        postgresql_where=sa.text("broadcast_id is null and state = 'queued'"),
    )
    op.drop_index(
        "ix_message_sending",
        table_name="message",
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.drop_index("ix_message_phone", table_name="message")
    op.drop_index(
        "ix_message_client_id",
        table_name="message",
        sqlite_where=sa.text("client_id is not null"),
        postgresql_where=sa.text("client_id is not null"),
    )
    op.drop_index(
        "ix_message_broadcast",
        table_name="message",
        sqlite_where=sa.text("broadcast_id is not null"),
        postgresql_where=sa.text("broadcast_id is not null"),
    )
    op.create_index(op.f("ix_message_channel_state_due_at"), "message", ["channel", "state", "due_at"], unique=False)
    _index_what_has_not_come("channel = 'sms' and state in ('failed', 'expired') and speech is not null")
    op.create_index(
        "ix_message_to_call",
        "message",
        ["message_class", "due_at"],
        unique=False,
        sqlite_where=TO_CALL,
        postgresql_where=TO_CALL,
    )
    op.drop_index("uq_message_occasion", table_name="message")
    with op.batch_alter_table("message") as messages:
        messages.create_unique_constraint(op.f("uq_message_occasion"), ["occasion"])
    with op.batch_alter_table("message_part") as parts:
        parts.drop_index("ix_message_part_smsc_id_link")
        parts.create_index("ix_message_part_link_smsc_id", ["link", "smsc_id"])
        parts.create_foreign_key(op.f("fk_message_part_message_id_message"), "message", ["message_id"], ["id"])
    op.drop_column("message", "settled_at")
    op.drop_column("message", "on_net")
    op.drop_column("message", "segments")
    op.drop_column("message", "language")
    op.drop_column("message", "centre_id")
    op.drop_column("message", "client_id")
    op.drop_column("message", "broadcast_id")
    op.drop_column("centre", "quiet_until")
    op.drop_index("ix_related_person_reach", table_name="related_person")
    op.create_index(op.f("ix_related_person_resident_id"), "related_person", ["resident_id"], unique=False)
    op.drop_column("centre", "quiet_from")
    op.drop_index("ix_staff_notice_recipient_phone", table_name="staff_notice_recipient")
    op.drop_table("staff_notice_recipient")
    op.drop_index("ix_roster_day", table_name="roster")
    op.drop_table("roster")
    op.drop_index("ix_resident_tag_tag", table_name="resident_tag")
    op.drop_table("resident_tag")
    op.drop_index("ix_staff_phone", table_name="staff")
    op.drop_index(op.f("ix_staff_centre_id"), table_name="staff")
    op.drop_table("staff")
    op.drop_index("ix_push_due_at", table_name="push")
    op.drop_index("ix_push_client_id", table_name="push")
    op.drop_table("push")
    op.drop_index("ix_phone_list_entry_phone_list_id_id", table_name="phone_list_entry")
    op.drop_index("ix_phone_list_entry_phone_list_id_phone", table_name="phone_list_entry")
    op.drop_table("phone_list_entry")
    op.drop_index("ix_client_message_reference", table_name="client_message")
    op.drop_index("ix_client_message_batch_id", table_name="client_message")
    op.drop_table("client_message")
    op.drop_table("client_batch")
    op.drop_index("ix_broadcast_state", table_name="broadcast")
    op.drop_table("broadcast")
    op.drop_table("staff_notice")
    op.drop_table("sms_usage")
    op.drop_table("phone_list")
    op.drop_index("ix_consent_changed_at", table_name="consent")
    op.drop_table("consent")
    op.drop_table("client")
    op.drop_table("audience")


def _rename(table: str, before: str, after: str) -> None:
    state = sa.table(table, sa.column("state"))
    op.execute(state.update().where(state.c.state == before).values(state=after))
