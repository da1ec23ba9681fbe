"""several links: a message's class and its link, segments of long texts from phones, receipts that are in doubt

Revision: 0002, after: 0001
"""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode: that copies the table, and SQLite would take its segments with the old one.
    op.add_column(
        "message", sa.Column("message_class", sa.String(length=10), server_default="answer", nullable=False)
    )
    op.add_column("message", sa.Column("link", sa.String(length=40), nullable=True))
    op.add_column("receipt", sa.Column("phones", sa.Text(), nullable=True))
    op.add_column("receipt", sa.Column("forget_at", sa.DateTime(), nullable=True))
    op.create_table(
        "inbound_part",
        sa.Column("source", sa.String(length=65), nullable=False),
        sa.Column("destination", sa.String(length=65), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data_coding", sa.Integer(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("inbound_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["inbound_id"], ["inbound.id"], name=op.f("fk_inbound_part_inbound_id_inbound")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_part")),
        sa.UniqueConstraint(
            "source", "destination", "reference", "total", "width", "number", name="uq_inbound_part_place"
        ),
    )
    op.create_index("ix_inbound_part_inbound_id", "inbound_part", ["inbound_id"], unique=False)
    op.create_index("ix_inbound_part_received_at", "inbound_part", ["received_at"], unique=False)


def downgrade() -> None:
    op.drop_table("inbound_part")
    op.drop_column("receipt", "forget_at")
    op.drop_column("receipt", "phones")
    op.drop_column("message", "link")
    op.drop_column("message", "message_class")
