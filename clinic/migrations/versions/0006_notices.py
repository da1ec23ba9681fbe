"""notices that come by themselves: children, follow-up, readings, medication, questions that a text may answer

Revision: 0006, after: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("occasion", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("occasion", name=op.f("uq_question_occasion")),
    )
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.create_index("ix_question_phone", ["phone", "asked_at"], unique=False)

    op.create_table(
        "satisfaction",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("practitioner_id", sa.Integer(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("called_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_satisfaction")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_satisfaction_visit_id")),
    )
    with op.batch_alter_table("satisfaction", schema=None) as batch_op:
        batch_op.create_index("ix_satisfaction_asked_on", ["asked_on"], unique=False)

    op.create_table(
        "care_alert",
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", sa.String(length=60), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_care_alert_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_alert")),
        sa.UniqueConstraint("occasion", name=op.f("uq_care_alert_occasion")),
    )
    with op.batch_alter_table("care_alert", schema=None) as batch_op:
        batch_op.create_index("ix_care_alert_raised_at", ["raised_at"], unique=False)

    op.create_table(
        "care_plan",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("condition", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_care_plan_resident_id_resident")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_care_plan_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan")),
        sa.UniqueConstraint("resident_id", "condition", name=op.f("uq_care_plan_resident_id_condition")),
    )
    with op.batch_alter_table("care_plan", schema=None) as batch_op:
        batch_op.create_index(
            "ix_care_plan_look_on",
            ["look_on", "id"],
            unique=False,
            sqlite_where=sa.text("look_on is not null"),
            postgresql_where=sa.text("look_on is not null"),
        )
        batch_op.create_index("ix_care_plan_staff_id", ["staff_id"], unique=False)

    op.create_table(
        "care_visit",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("condition", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("systolic", sa.Integer(), nullable=True),
        sa.Column("diastolic", sa.Integer(), nullable=True),
        sa.Column("glucose", sa.Integer(), nullable=True),
        sa.Column("adverse_reaction", sa.Boolean(), nullable=False),
        sa.Column("new_complication", sa.Boolean(), nullable=False),
        sa.Column("examination", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=14), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_care_visit_resident_id_resident")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_care_visit_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_visit")),
        sa.UniqueConstraint("resident_id", "condition", "day", name=op.f("uq_care_visit_resident_id_condition_day")),
    )
    op.create_table(
        "child_file",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("card", sa.String(length=40), nullable=True),
        sa.Column("residence", sa.String(length=10), nullable=False),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("birth_weight", sa.Integer(), nullable=True),
        sa.Column("mother_hbsag", sa.String(length=8), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_child_file_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child_file")),
        sa.UniqueConstraint("card", name=op.f("uq_child_file_card")),
        sa.UniqueConstraint("resident_id", name=op.f("uq_child_file_resident_id")),
    )
    with op.batch_alter_table("child_file", schema=None) as batch_op:
        batch_op.create_index(
            "ix_child_file_look_on",
            ["look_on", "id"],
            unique=False,
            sqlite_where=sa.text("look_on is not null"),
            postgresql_where=sa.text("look_on is not null"),
        )

    op.create_table(
        "schedule_seen",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("looked_to", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_seen")),
        sa.UniqueConstraint("name", name=op.f("uq_schedule_seen_name")),
    )
    op.create_table(
        "contraindication",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("against", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("noted_by", sa.String(length=60), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_contraindication_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contraindication")),
        sa.UniqueConstraint(
            "resident_id",
            "against",
            "reason",
            "since",
            name=op.f("uq_contraindication_resident_id_against_reason_since"),
        ),
    )
    op.create_table(
        "family_copy",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("granted_by", sa.String(length=60), nullable=False),
        sa.Column("proof", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(), nullable=True),
        sa.Column("agreed_proof", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_family_copy_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_copy")),
        sa.UniqueConstraint("resident_id", "phone", name=op.f("uq_family_copy_resident_id_phone")),
    )
    with op.batch_alter_table("family_copy", schema=None) as batch_op:
        batch_op.create_index("ix_family_copy_phone", ["phone"], unique=False)

    op.create_table(
        "medication",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("dose", sa.String(length=40), nullable=False),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.Column("caution", sa.String(length=200), nullable=False),
        sa.Column("left", sa.Integer(), nullable=True),
        sa.Column("refill_at", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_medication_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medication")),
    )
    with op.batch_alter_table("medication", schema=None) as batch_op:
        batch_op.create_index(
            "ix_medication_next_at",
            ["next_at", "id"],
            unique=False,
            sqlite_where=sa.text("next_at is not null"),
            postgresql_where=sa.text("next_at is not null"),
        )
        batch_op.create_index("ix_medication_resident_id", ["resident_id"], unique=False)

    op.create_table(
        "meter",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_meter_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meter")),
        sa.UniqueConstraint("phone", "serial", name=op.f("uq_meter_phone_serial")),
    )
    op.create_table(
        "reading",
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("systolic", sa.Integer(), nullable=True),
        sa.Column("diastolic", sa.Integer(), nullable=True),
        sa.Column("pulse", sa.Integer(), nullable=True),
        sa.Column("glucose", sa.Integer(), nullable=True),
        sa.Column("fasting", sa.String(length=10), nullable=False),
        sa.Column("measured_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_reading_resident_id_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
        sa.UniqueConstraint("occasion", name=op.f("uq_reading_occasion")),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index("ix_reading_resident_id", ["resident_id", "kind", "measured_at"], unique=False)

    op.create_table(
        "vaccine_reminder",
        sa.Column("resident_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("dose", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_vaccine_reminder_resident_id_resident")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vaccine_reminder")),
        sa.UniqueConstraint(
            "resident_id", "series", "dose", "stage", name=op.f("uq_vaccine_reminder_resident_id_series_dose_stage")
        ),
    )
    op.create_table(
        "medication_intake",
        sa.Column("medication_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("planned_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["medication_id"], ["medication.id"], name=op.f("fk_medication_intake_medication_id_medication")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medication_intake")),
        sa.UniqueConstraint("medication_id", "planned_at", name=op.f("uq_medication_intake_medication_id_planned_at")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resident_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("kind", sa.String(length=40), nullable=True))
        batch_op.create_index(
            "ix_message_resident_id",
            ["resident_id", "id"],
            unique=False,
            sqlite_where=sa.text("resident_id is not null"),
            postgresql_where=sa.text("resident_id is not null"),
        )

    with op.batch_alter_table("related_person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("relation", sa.String(length=20), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("is_told", sa.Boolean(), server_default=sa.false(), nullable=False))

    op.add_column("subscriber", sa.Column("wrong_at", sa.DateTime(), nullable=True))
    op.add_column(
        "department", sa.Column("service", sa.String(length=20), server_default=sa.text("''"), nullable=False)
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("look_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("called_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("moved_at", sa.DateTime(), nullable=True))
        batch_op.create_index("ix_visit_day", ["day", "state", "id"], unique=False)
        batch_op.create_index(
            "ix_visit_look_at",
            ["look_at", "id"],
            unique=False,
            sqlite_where=sa.text("look_at is not null"),
            postgresql_where=sa.text("look_at is not null"),
        )
    op.execute("update visit set look_at = booked_at where state in ('booked', 'arrived')")

    with op.batch_alter_table("clinic_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change", sa.JSON(), nullable=True))
        batch_op.create_index(
            "ix_clinic_session_change",
            ["day"],
            unique=False,
            sqlite_where=sa.text("change is not null"),
            postgresql_where=sa.text("change is not null"),
        )


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_look_at")
        batch_op.drop_index("ix_visit_day")
        batch_op.drop_column("moved_at")
        batch_op.drop_column("called_at")
        batch_op.drop_column("look_at")
    with op.batch_alter_table("clinic_session", schema=None) as batch_op:
        batch_op.drop_index("ix_clinic_session_change")
        batch_op.drop_column("change")
    op.drop_column("department", "service")
    op.drop_column("subscriber", "wrong_at")
    with op.batch_alter_table("related_person", schema=None) as batch_op:
        batch_op.drop_column("is_told")
        batch_op.drop_column("relation")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_resident_id")
        batch_op.drop_column("kind")
        batch_op.drop_column("resident_id")
    for table in (
        "medication_intake",
        "medication",
        "vaccine_reminder",
        "reading",
        "meter",
        "family_copy",
        "contraindication",
        "schedule_seen",
        "child_file",
        "care_visit",
        "care_plan",
        "care_alert",
        "satisfaction",
        "question",
    ):
        op.drop_table(table)
