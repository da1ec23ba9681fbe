"""One SMPP session without I/O, either side: octets and the time go in, events and octets come out."""

from smpp.session.machine import Session, SessionError, WindowFull, WrongState
from smpp.session.options import Options
from smpp.session.states import Role, State

__all__ = ["Options", "Role", "Session", "SessionError", "State", "WindowFull", "WrongState"]
