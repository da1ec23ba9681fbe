"""notices that come by themselves: children, follow-up, readings, medication, questions that a text may answer

Revision: 0006, after: 0005
"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
