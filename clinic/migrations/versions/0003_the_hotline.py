"""the hotline: calls, spoken names, how somebody is reached, home visits, alarms, doses given

Revision: 0003, after: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarm",
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("duty_phone", sa.String(length=20), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_alarm_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sa.UniqueConstraint("occasion", name=op.f("uq_alarm_occasion")),
    )
    op.create_index(op.f("ix_alarm_raised_at"), "alarm", ["raised_at"], unique=False)
    op.create_table(
        "call",
        sa.Column("server", sa.String(length=40), nullable=False),
        sa.Column("uniqueid", sa.String(length=150), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("trunk", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_call_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("server", "uniqueid", name=op.f("uq_call_server_uniqueid")),
    )
    op.create_index("ix_call_message_id_outcome", "call", ["message_id", "outcome"], unique=False)
    op.create_index("ix_call_started_at", "call", ["started_at"], unique=False)
    ended = sa.text("ended_at is null")
    op.create_index("ix_call_open", "call", ["phone"], unique=False, sqlite_where=ended, postgresql_where=ended)
    op.create_table(
        "home_visit",
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_home_visit_centre_id_centre")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_home_visit_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_visit")),
        sa.UniqueConstraint("occasion", name=op.f("uq_home_visit_occasion")),
    )
    op.create_index(op.f("ix_home_visit_phone"), "home_visit", ["phone"], unique=False)
    op.create_index("ix_home_visit_state_requested_at", "home_visit", ["state", "requested_at"], unique=False)
    op.create_table(
        "immunization",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("vaccine", sa.String(length=20), nullable=False),
        sa.Column("dose", sa.Integer(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("lot", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_immunization_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_immunization")),
        sa.UniqueConstraint("resident_id", "vaccine", "dose", name=op.f("uq_immunization_resident_id_vaccine_dose")),
    )
    op.add_column("centre", sa.Column("duty_phone", sa.String(length=20), server_default=sa.text("''"), nullable=False))
    op.add_column("message", sa.Column("channel", sa.String(length=5), server_default="sms", nullable=False))
    op.add_column("message", sa.Column("speech", sa.JSON(), nullable=True))
    op.drop_index("ix_message_state_due_at", table_name="message")
    op.create_index("ix_message_channel_state_due_at", "message", ["channel", "state", "due_at"], unique=False)
    not_come = "channel = 'sms' and state in ('failed', 'expired') and speech is not null"
    for name, columns, which in (
        ("ix_message_to_call", ["message_class", "due_at"], "channel = 'voice' and state = 'queued'"),
        ("ix_message_not_come", ["channel", "state", "expires_at"], not_come),
    ):
        where = sa.text(which)
        op.create_index(name, "message", columns, unique=False, sqlite_where=where, postgresql_where=where)
    op.add_column("resident", sa.Column("spoken_name", sa.String(length=80), nullable=True))
    op.add_column("subscriber", sa.Column("contact", sa.String(length=5), nullable=True))


def downgrade() -> None:
    op.drop_column("subscriber", "contact")
    op.drop_column("resident", "spoken_name")
    op.drop_index("ix_message_not_come", table_name="message")
    op.drop_index("ix_message_to_call", table_name="message")
    op.drop_index("ix_message_channel_state_due_at", table_name="message")
    op.create_index("ix_message_state_due_at", "message", ["state", "due_at"], unique=False)
    op.drop_column("message", "speech")
    op.drop_column("message", "channel")
    op.drop_column("centre", "duty_phone")
    op.drop_table("immunization")
    op.drop_index("ix_home_visit_state_requested_at", table_name="home_visit")
    op.drop_index(op.f("ix_home_visit_phone"), table_name="home_visit")
    op.drop_table("home_visit")
    op.drop_index("ix_call_open", table_name="call")
    op.drop_index("ix_call_started_at", table_name="call")
    op.drop_index("ix_call_message_id_outcome", table_name="call")
    op.drop_table("call")
    op.drop_index(op.f("ix_alarm_raised_at"), table_name="alarm")
    op.drop_table("alarm")
