"""registration, queue, fairness and money

Revision: 0007, after: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "one_time_code",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.create_index("ix_one_time_code_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_one_time_code_phone", ["phone", "purpose", "id"], unique=False)

    op.create_table(
        "scalper_sign",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("first_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("judged_by", sa.String(length=60), nullable=False),
        sa.Column("judged_at", sa.DateTime(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scalper_sign")),
        sa.UniqueConstraint("phone", "kind", "round", name=op.f("uq_scalper_sign_phone_kind_round")),
    )
    with op.batch_alter_table("scalper_sign", schema=None) as batch_op:
        batch_op.create_index("ix_scalper_sign_state", ["state", "last_at"], unique=False)

    op.create_table(
        "settlement",
        sa.Column("source", sa.String(length=48), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("theirs", sa.Integer(), nullable=False),
        sa.Column("our_sum", sa.BigInteger(), nullable=False),
        sa.Column("their_sum", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), server_default=sa.text("''"), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("source", "day", name=op.f("uq_settlement_source_day")),
    )
    op.create_table(
        "absence_rule",
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("block_months", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_absence_rule_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_rule")),
    )
    with op.batch_alter_table("absence_rule", schema=None) as batch_op:
        batch_op.create_index("ix_absence_rule_centre_id", ["centre_id", "valid_from"], unique=False)

    op.create_table(
        "cancel_rule",
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("until", sa.Time(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_cancel_rule_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancel_rule")),
    )
    with op.batch_alter_table("cancel_rule", schema=None) as batch_op:
        batch_op.create_index("ix_cancel_rule_centre_id", ["centre_id", "valid_from"], unique=False)

    op.create_table(
        "statement",
        sa.Column("source", sa.String(length=48), nullable=False),
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("correlation_id", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_statement_centre_id_centre")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("source", "day", "reference", "kind", name=op.f("uq_statement_source_day_reference_kind")),
    )
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_correlation_id"), ["correlation_id"], unique=False)

    op.create_table(
        "block",
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=True),
        sa.Column("counted", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(length=60), nullable=False),
        sa.Column("appeal", sa.String(length=8), nullable=False),
        sa.Column("appealed_at", sa.DateTime(), nullable=True),
        sa.Column("appeal_text", sa.String(length=200), nullable=False),
        sa.Column("appeal_phone", sa.String(length=20), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_block_centre_id_centre")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_block_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
        sa.UniqueConstraint("occasion", name=op.f("uq_block_occasion")),
    )
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.create_index("ix_block_appeal", ["appeal"], unique=False)
        batch_op.create_index("ix_block_phone", ["phone", "until"], unique=False)
        batch_op.create_index("ix_block_resident_id", ["resident_id", "until"], unique=False)

    op.create_table(
        "ledger_account",
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_ledger_account_centre_id_centre")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_ledger_account_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("centre_id", "kind", "key", name=op.f("uq_ledger_account_centre_id_kind_key")),
    )
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_account_resident_id", ["resident_id"], unique=False)

    op.create_table(
        "account_phone",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("linked_at", sa.DateTime(), nullable=False),
        sa.Column("linked_by", sa.String(length=60), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_account_phone_account_id_ledger_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_phone")),
        sa.UniqueConstraint("account_id", "phone", name=op.f("uq_account_phone_account_id_phone")),
    )
    with op.batch_alter_table("account_phone", schema=None) as batch_op:
        batch_op.create_index("ix_account_phone_phone", ["phone"], unique=False)

    op.create_table(
        "session_template",
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("practitioner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("half", sa.String(length=2), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("fee", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("release_days", sa.Integer(), nullable=False),
        sa.Column("release_at", sa.Time(), nullable=False),
        sa.Column("draw_hours", sa.Integer(), nullable=True),
        sa.Column("shares", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("flow_days", sa.Integer(), nullable=False),
        sa.Column("flow_at", sa.Time(), nullable=True),
        sa.Column("made_until", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_session_template_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_session_template_practitioner_id_practitioner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_template")),
    )
    with op.batch_alter_table("session_template", schema=None) as batch_op:
        batch_op.create_index("ix_session_template_department_id", ["department_id", "weekday"], unique=False)

    op.create_table(
        "draw",
        sa.Column("clinic_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("entries_digest", sa.String(length=64), nullable=False),
        sa.Column("last_ticket", sa.Integer(), nullable=False),
        sa.Column("committed_at", sa.DateTime(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_session_id"], ["clinic_session.id"], name=op.f("fk_draw_clinic_session_id_clinic_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
        sa.UniqueConstraint("clinic_session_id", name=op.f("uq_draw_clinic_session_id")),
    )
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.create_index(
            "ix_draw_unfinished",
            ["id"],
            unique=False,
            sqlite_where=sa.text("finished_at is null"),
            postgresql_where=sa.text("finished_at is null"),
        )

    op.create_table(
        "place_offer",
        sa.Column("clinic_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pool", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("look_at", sa.DateTime(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_session_id"], ["clinic_session.id"], name=op.f("fk_place_offer_clinic_session_id_clinic_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_offer")),
    )
    with op.batch_alter_table("place_offer", schema=None) as batch_op:
        batch_op.create_index("ix_place_offer_clinic_session_id", ["clinic_session_id"], unique=False)
        batch_op.create_index(
            "ix_place_offer_look_at",
            ["look_at", "id"],
            unique=False,
            sqlite_where=sa.text("look_at is not null"),
            postgresql_where=sa.text("look_at is not null"),
        )

    op.create_table(
        "queue_pace",
        sa.Column("clinic_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("practitioner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("squares", sa.Double(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.Column("walked", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_session_id"], ["clinic_session.id"], name=op.f("fk_queue_pace_clinic_session_id_clinic_session")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_queue_pace_department_id_department")
        ),
        sa.ForeignKeyConstraint(
            ["practitioner_id"], ["practitioner.id"], name=op.f("fk_queue_pace_practitioner_id_practitioner")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_pace")),
        sa.UniqueConstraint("clinic_session_id", name=op.f("uq_queue_pace_clinic_session_id")),
    )
    with op.batch_alter_table("queue_pace", schema=None) as batch_op:
        batch_op.create_index("ix_queue_pace_department_id", ["department_id", "day"], unique=False)

    op.create_table(
        "session_share",
        sa.Column("clinic_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pool", sa.String(length=10), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_session_id"], ["clinic_session.id"], name=op.f("fk_session_share_clinic_session_id_clinic_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_share")),
        sa.UniqueConstraint("clinic_session_id", "pool", name=op.f("uq_session_share_clinic_session_id_pool")),
    )
    op.create_table(
        "wait_entry",
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clinic_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("waits_since", sa.DateTime(), nullable=False),
        sa.Column("offered_at", sa.DateTime(), nullable=True),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_session_id"], ["clinic_session.id"], name=op.f("fk_wait_entry_clinic_session_id_clinic_session")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_wait_entry_department_id_department")
        ),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_wait_entry_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_entry")),
        sa.UniqueConstraint("occasion", name=op.f("uq_wait_entry_occasion")),
    )
    with op.batch_alter_table("wait_entry", schema=None) as batch_op:
        batch_op.create_index("ix_wait_entry_department_id", ["department_id", "state", "id"], unique=False)
        batch_op.create_index("ix_wait_entry_phone", ["phone"], unique=False)
        batch_op.create_index(
            "ix_wait_entry_last_day",
            ["last_day"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            "uq_wait_entry_waiting",
            ["resident_id", "department_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "place_told",
        sa.Column("place_offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wait_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.Column("answer", sa.String(length=4), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_offer_id"], ["place_offer.id"], name=op.f("fk_place_told_place_offer_id_place_offer")
        ),
        sa.ForeignKeyConstraint(
            ["wait_entry_id"], ["wait_entry.id"], name=op.f("fk_place_told_wait_entry_id_wait_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_told")),
        sa.UniqueConstraint(
            "place_offer_id", "wait_entry_id", name=op.f("uq_place_told_place_offer_id_wait_entry_id")
        ),
    )
    with op.batch_alter_table("place_told", schema=None) as batch_op:
        batch_op.create_index("ix_place_told_entry", ["wait_entry_id"], unique=False)

    op.create_table(
        "draw_entry",
        sa.Column("draw_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_draw_entry_draw_id_draw")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_draw_entry_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_entry")),
        sa.UniqueConstraint("draw_id", "resident_id", name=op.f("uq_draw_entry_draw_id_resident_id")),
        sa.UniqueConstraint("draw_id", "ticket", name=op.f("uq_draw_entry_draw_id_ticket")),
        sa.UniqueConstraint("occasion", name=op.f("uq_draw_entry_occasion")),
    )
    with op.batch_alter_table("draw_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draw_entry_phone"), ["phone"], unique=False)

    op.create_table(
        "payment",
        sa.Column("occasion", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("method", sa.String(length=9), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("original_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("correlation_id", sa.String(length=36), nullable=False),
        sa.Column("server_correlation_id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("look_at", sa.DateTime(), nullable=True),
        sa.Column("unwanted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("came", sa.BigInteger(), nullable=True),
        sa.Column("came_currency", sa.String(length=3), server_default=sa.text("''"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_payment_account_id_ledger_account")
        ),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_payment_centre_id_centre")),
        sa.ForeignKeyConstraint(["original_id"], ["payment.id"], name=op.f("fk_payment_original_id_payment")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_payment_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("correlation_id", name=op.f("uq_payment_correlation_id")),
        sa.UniqueConstraint("occasion", name=op.f("uq_payment_occasion")),
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payment_look_at",
            ["look_at", "id"],
            unique=False,
            sqlite_where=sa.text("look_at is not null"),
            postgresql_where=sa.text("look_at is not null"),
        )
        batch_op.create_index("ix_payment_method", ["method", "settled_at"], unique=False)
        batch_op.create_index("ix_payment_visit_id", ["visit_id"], unique=False)

    op.create_table(
        "payment_try",
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("correlation_id", sa.String(length=36), nullable=False),
        sa.Column("server_correlation_id", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_try_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_try")),
        sa.UniqueConstraint("correlation_id", name=op.f("uq_payment_try_correlation_id")),
    )
    with op.batch_alter_table("payment_try", schema=None) as batch_op:
        batch_op.create_index("ix_payment_try_payment_id", ["payment_id"], unique=False)

    op.create_table(
        "ledger_entry",
        sa.Column("occasion", sa.String(length=120), nullable=False),
        sa.Column("centre_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=60), nullable=False),
        sa.Column("visit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_ledger_entry_centre_id_centre")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_ledger_entry_payment_id_payment")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_ledger_entry_visit_id_visit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("occasion", name=op.f("uq_ledger_entry_occasion")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entry_centre_id", ["centre_id", "at"], unique=False)
        batch_op.create_index("ix_ledger_entry_visit_id", ["visit_id"], unique=False)

    op.create_table(
        "settlement_difference",
        sa.Column("settlement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=14), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("ours", sa.BigInteger(), nullable=True),
        sa.Column("theirs", sa.BigInteger(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(), nullable=True),
        sa.Column("cleared_by", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_settlement_difference_payment_id_payment")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["settlement.id"], name=op.f("fk_settlement_difference_settlement_id_settlement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_difference")),
    )
    with op.batch_alter_table("settlement_difference", schema=None) as batch_op:
        batch_op.create_index("ix_settlement_difference_settlement_id", ["settlement_id"], unique=False)

    op.create_table(
        "posting",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name=op.f("fk_posting_account_id_ledger_account")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_posting_entry_id_ledger_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.create_index("ix_posting_account_id", ["account_id", "id"], unique=False)
        batch_op.create_index("ix_posting_entry_id", ["entry_id"], unique=False)

    op.add_column("centre", sa.Column("currency", sa.String(length=3), server_default=sa.text("'CNY'"), nullable=False))
    op.add_column(
        "centre", sa.Column("payment", sa.String(length=10), server_default=sa.text("'counter'"), nullable=False)
    )

    op.add_column("client", sa.Column("scopes", sa.String(length=200), server_default=sa.text("''"), nullable=False))

    op.add_column(
        "clinic_session", sa.Column("kind", sa.String(length=8), server_default=sa.text("'general'"), nullable=False)
    )
    op.add_column("clinic_session", sa.Column("template_id", sa.Integer(), nullable=True))
    op.add_column("clinic_session", sa.Column("external_id", sa.String(length=100), nullable=True))
    op.add_column("clinic_session", sa.Column("updated_at", sa.DateTime(), nullable=True))
    op.add_column("clinic_session", sa.Column("shares", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("clinic_session", sa.Column("flow_at", sa.DateTime(), nullable=True))
    op.add_column("clinic_session", sa.Column("flowed_at", sa.DateTime(), nullable=True))
    op.add_column("clinic_session", sa.Column("draw_at", sa.DateTime(), nullable=True))
    op.create_index(
        "ix_clinic_session_flow_at",
        "clinic_session",
        ["flow_at", "id"],
        unique=False,
        sqlite_where=sa.text("flow_at is not null and flowed_at is null"),
        postgresql_where=sa.text("flow_at is not null and flowed_at is null"),
    )
    op.create_index("uq_clinic_session_external_id", "clinic_session", ["external_id"], unique=True)
    op.create_index("uq_clinic_session_template_day", "clinic_session", ["template_id", "day"], unique=True)

    op.add_column("department", sa.Column("experts", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "department", sa.Column("queue_policy", sa.String(length=8), server_default=sa.text("'number'"), nullable=False)
    )

    op.add_column("resident", sa.Column("verified", sa.String(length=10), server_default=sa.text("''"), nullable=False))
    op.add_column("resident", sa.Column("verify_at", sa.DateTime(), nullable=True))
    op.create_index("ix_resident_verify_at", "resident", ["verify_at"], unique=False)

    op.add_column("visit", sa.Column("channel", sa.String(length=8), server_default=sa.text("''"), nullable=False))
    op.add_column("visit", sa.Column("pool", sa.String(length=10), server_default=sa.text("''"), nullable=False))
    op.add_column("visit", sa.Column("pays", sa.String(length=8), server_default=sa.text("'counter'"), nullable=False))
    op.add_column("visit", sa.Column("paid", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("visit", sa.Column("hold_until", sa.DateTime(), nullable=True))
    op.add_column("visit", sa.Column("cancelled_at", sa.DateTime(), nullable=True))
    op.add_column(
        "visit", sa.Column("cancelled_for", sa.String(length=8), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("visit", sa.Column("external_id", sa.String(length=100), nullable=True))
    op.add_column("visit", sa.Column("updated_at", sa.DateTime(), nullable=True))
    op.add_column("visit", sa.Column("arrived_at", sa.DateTime(), nullable=True))
    op.add_column("visit", sa.Column("turn", sa.Integer(), nullable=True))
    op.add_column("visit", sa.Column("turn_at", sa.DateTime(), nullable=True))
    op.add_column("visit", sa.Column("passes", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("visit", sa.Column("seen_at", sa.DateTime(), nullable=True))
    # Who is there already waits by their number.
    op.execute("update visit set turn = queue, turn_at = booked_at, arrived_at = booked_at where state = 'arrived'")
    op.create_index(
        "ix_visit_hold_until",
        "visit",
        ["hold_until", "id"],
        unique=False,
        sqlite_where=sa.text("hold_until is not null"),
        postgresql_where=sa.text("hold_until is not null"),
    )
    op.add_column("visit", sa.Column("judge_at", sa.DateTime(), nullable=True))
    op.add_column("visit", sa.Column("excused_at", sa.DateTime(), nullable=True))
    op.create_index(
        "ix_visit_judge_at",
        "visit",
        ["judge_at", "id"],
        unique=False,
        sqlite_where=sa.text("judge_at is not null"),
        postgresql_where=sa.text("judge_at is not null"),
    )
    op.drop_index("ix_visit_phone", table_name="visit")
    op.create_index("ix_visit_phone", "visit", ["phone", "day"], unique=False)
    op.create_index("ix_visit_resident_id_state", "visit", ["resident_id", "state", "day"], unique=False)
    op.create_index("uq_visit_external_id", "visit", ["external_id"], unique=True)
    op.create_index("ix_visit_updated_at", "visit", ["updated_at", "id"], unique=False)
    _one_place("state in ('pending', 'booked', 'arrived')")


def downgrade() -> None:
    _one_place("state in ('booked', 'arrived')")
    op.drop_index("ix_visit_updated_at", table_name="visit")
    op.drop_index("uq_visit_external_id", table_name="visit")
    op.drop_index("ix_visit_resident_id_state", table_name="visit")
    op.drop_index("ix_visit_phone", table_name="visit")
    op.create_index("ix_visit_phone", "visit", ["phone"], unique=False)
    op.drop_index(
        "ix_visit_judge_at",
        table_name="visit",
        sqlite_where=sa.text("judge_at is not null"),
        postgresql_where=sa.text("judge_at is not null"),
    )
    op.drop_column("visit", "excused_at")
    op.drop_column("visit", "judge_at")
    op.drop_index(
        "ix_visit_hold_until",
        table_name="visit",
        sqlite_where=sa.text("hold_until is not null"),
        postgresql_where=sa.text("hold_until is not null"),
    )
    op.drop_column("visit", "seen_at")
    op.drop_column("visit", "passes")
    op.drop_column("visit", "turn_at")
    op.drop_column("visit", "turn")
    op.drop_column("visit", "arrived_at")
    op.drop_column("visit", "updated_at")
    op.drop_column("visit", "external_id")
    op.drop_column("visit", "cancelled_for")
    op.drop_column("visit", "cancelled_at")
    op.drop_column("visit", "hold_until")
    op.drop_column("visit", "paid")
    op.drop_column("visit", "pays")
    op.drop_column("visit", "pool")
    op.drop_column("visit", "channel")

    op.drop_index("ix_resident_verify_at", table_name="resident")
    op.drop_column("resident", "verify_at")
    op.drop_column("resident", "verified")

    op.drop_column("department", "queue_policy")
    op.drop_column("department", "experts")

    op.drop_index("uq_clinic_session_template_day", table_name="clinic_session")
    op.drop_index("uq_clinic_session_external_id", table_name="clinic_session")
    op.drop_index(
        "ix_clinic_session_flow_at",
        table_name="clinic_session",
        sqlite_where=sa.text("flow_at is not null and flowed_at is null"),
        postgresql_where=sa.text("flow_at is not null and flowed_at is null"),
    )
    op.drop_column("clinic_session", "draw_at")
    op.drop_column("clinic_session", "flowed_at")
    op.drop_column("clinic_session", "flow_at")
    op.drop_column("clinic_session", "shares")
    op.drop_column("clinic_session", "updated_at")
    op.drop_column("clinic_session", "external_id")
    op.drop_column("clinic_session", "template_id")
    op.drop_column("clinic_session", "kind")

    op.drop_column("client", "scopes")

    op.drop_column("centre", "payment")
    op.drop_column("centre", "currency")

    with op.batch_alter_table("posting", schema=None) as batch_op:
        batch_op.drop_index("ix_posting_entry_id")
        batch_op.drop_index("ix_posting_account_id")

    op.drop_table("posting")
    with op.batch_alter_table("settlement_difference", schema=None) as batch_op:
        batch_op.drop_index("ix_settlement_difference_settlement_id")

    op.drop_table("settlement_difference")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_entry_visit_id")
        batch_op.drop_index("ix_ledger_entry_centre_id")

    op.drop_table("ledger_entry")
    with op.batch_alter_table("payment_try", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_try_payment_id")

    op.drop_table("payment_try")
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_visit_id")
        batch_op.drop_index("ix_payment_method")
        batch_op.drop_index(
            "ix_payment_look_at",
            sqlite_where=sa.text("look_at is not null"),
            postgresql_where=sa.text("look_at is not null"),
        )

    op.drop_table("payment")
    with op.batch_alter_table("draw_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draw_entry_phone"))

    op.drop_table("draw_entry")
    with op.batch_alter_table("place_told", schema=None) as batch_op:
        batch_op.drop_index("ix_place_told_entry")

    op.drop_table("place_told")
    with op.batch_alter_table("wait_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wait_entry_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_wait_entry_last_day",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_wait_entry_phone")
        batch_op.drop_index("ix_wait_entry_department_id")

    op.drop_table("wait_entry")
    op.drop_table("session_share")
    with op.batch_alter_table("queue_pace", schema=None) as batch_op:
        batch_op.drop_index("ix_queue_pace_department_id")

    op.drop_table("queue_pace")
    with op.batch_alter_table("place_offer", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_place_offer_look_at",
            sqlite_where=sa.text("look_at is not null"),
            postgresql_where=sa.text("look_at is not null"),
        )
        batch_op.drop_index("ix_place_offer_clinic_session_id")

    op.drop_table("place_offer")
    with op.batch_alter_table("draw", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_draw_unfinished",
            sqlite_where=sa.text("finished_at is null"),
            postgresql_where=sa.text("finished_at is null"),
        )

    op.drop_table("draw")
    with op.batch_alter_table("session_template", schema=None) as batch_op:
        batch_op.drop_index("ix_session_template_department_id")

    op.drop_table("session_template")
    with op.batch_alter_table("account_phone", schema=None) as batch_op:
        batch_op.drop_index("ix_account_phone_phone")

    op.drop_table("account_phone")
    with op.batch_alter_table("ledger_account", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_account_resident_id")

    op.drop_table("ledger_account")
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.drop_index("ix_block_resident_id")
        batch_op.drop_index("ix_block_phone")
        batch_op.drop_index("ix_block_appeal")

    op.drop_table("block")
    with op.batch_alter_table("statement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_correlation_id"))

    op.drop_table("statement")
    with op.batch_alter_table("cancel_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_cancel_rule_centre_id")

    op.drop_table("cancel_rule")
    with op.batch_alter_table("absence_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_absence_rule_centre_id")

    op.drop_table("absence_rule")
    op.drop_table("settlement")
    with op.batch_alter_table("scalper_sign", schema=None) as batch_op:
        batch_op.drop_index("ix_scalper_sign_state")

    op.drop_table("scalper_sign")
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.drop_index("ix_one_time_code_phone")
        batch_op.drop_index("ix_one_time_code_expires_at")

    op.drop_table("one_time_code")


def _one_place(standing: str) -> None:
    """One department, one person, one day, among the visits that stand."""
    op.drop_index("uq_visit_person_department_day", table_name="visit")
    op.create_index(
        "uq_visit_person_department_day",
        "visit",
        ["resident_id", "department_id", "day"],
        unique=True,
        sqlite_where=sa.text(standing),
        postgresql_where=sa.text(standing),
    )
